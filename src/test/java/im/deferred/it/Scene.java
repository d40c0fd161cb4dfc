package im.deferred.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import im.deferred.lab.Call;
import im.deferred.lab.SipCore;
import im.deferred.lab.ThirdPartyRegister;
import im.deferred.lab.Trace;
import im.deferred.lab.User;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The core beside the deployed server, one for a test class, and users that live as long as one test. After each test its users
 * deregister, pushes end, and the trace must not have noted any broken rule that the test did not ask for.
 */
final class Scene implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

    /** How long a test waits for what should happen at once. */
    static final Duration SOON = Duration.ofSeconds(10);

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final List<User> users = new ArrayList<>();
    private DeployedServer server;
    private SipCore core;
    private int knownProblems;

    @Override
    public void beforeAll(ExtensionContext context) {
        server = DeployedServer.current();
        Clock clock = Clock.systemUTC();
        core = new SipCore(server.core(), new Trace(clock), clock).as(server.sip());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        knownProblems = core.trace().problems().size();
    }

    DeployedServer server() {
        return server;
    }

    SipCore core() {
        return core;
    }

    /** What was seen between all of them. */
    Wire wire() {
        return new Wire(core.trace());
    }

    /** A new user, whose name begins like that. */
    User user(String name) {
        return device("sip:" + name + NUMBER.incrementAndGet() + "@example.test");
    }

    /** A new user, whose name begins like that, behind the same MSRP end as another one. */
    User beside(User neighbour, String name) {
        User user = new User(neighbour, "sip:" + name + NUMBER.incrementAndGet() + "@example.test");
        users.add(user);
        return user;
    }

    /** A device of the user with that AoR. */
    User device(String aor) {
        User user = new User(core, aor);
        users.add(user);
        return user;
    }

    /** Registers, and waits until the server has answered the core. */
    void register(User user) {
        user.register();
        core.awaitThirdPartyAnswers(SOON);
    }

    /** Ends the registration, and waits until the server has answered the core. */
    void deregister(User user) {
        user.deregister();
        core.awaitThirdPartyAnswers(SOON);
    }

    /** The device is gone without a word; its registration stays. */
    void lose(User user) {
        users.remove(user);
        user.close();
    }

    /** Asks for a metric until it has that value: nobody tells when it has. */
    void awaitFigure(String name, long value) {
        assertTimeoutPreemptively(SOON, () -> {
            while (server.figure(name) != value) {
                Thread.onSpinWait();
            }
        });
    }

    /** What the trace noted in this test. */
    List<String> problems() {
        List<String> all = core.trace().problems();
        return all.subList(knownProblems, all.size());
    }

    /** What the trace noted is what the test provoked. */
    void expectProblems() {
        assertThat(problems()).isNotEmpty();
        knownProblems = core.trace().problems().size();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        List<String> problems = problems();
        for (User user : users) {
            if (core.contacts(user.aor()) > 0) {
                deregister(user);
            }
        }
        users.forEach(Scene::leave);
        awaitFigure("deferred_im_pushes_live", 0); // what was confirmed is off the store
        core.thirdParty(ThirdPartyRegister.standard());
        users.clear();
        assertThat(problems).as("rules that were broken on the wire").isEmpty();
    }

    /** A session that is still there ends with the registration; the device stays until then. */
    private static void leave(User user) {
        for (Call call : user.calls().all()) {
            if (call.state() == Call.State.ANSWERED || call.state() == Call.State.CONFIRMED) {
                call.awaitState(Call.State.ENDED, SOON);
            }
        }
        user.close();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (core != null) {
            core.close();
        }
    }
}
