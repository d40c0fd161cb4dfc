package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import im.deferred.lab.ForeignCore;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.OutgoingCall;
import im.deferred.lab.Sent;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Subscription;
import im.deferred.lab.Trace;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The server behind a core that is not the lab's: Kamailio with the configuration of {@code deploy/kamailio}. */
@ExtendWith(ArquillianExtension.class)
class KamailioIT {

    private static final AtomicInteger NUMBER = new AtomicInteger();

    @TempDir
    private Path directory;

    private final DeployedServer server = DeployedServer.current();
    private final List<User> users = new ArrayList<>();
    private Kamailio kamailio;
    private ForeignCore core;
    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S");
    }

    @BeforeEach
    void start() throws Exception {
        boolean installed = ExternalProgram.find("kamailio").isPresent();
        if (!installed) {
            System.out.println("SKIPPED: kamailio is not installed, the server is not tried behind it");
        }
        assumeTrue(installed, "kamailio is not installed, the server is not tried behind it");
        String own = Integer.toString(NUMBER.incrementAndGet());
        kamailio = new Kamailio(directory, server.core(), List.of(server.sip()), List.of("alice" + own, "bob" + own));
        Trace trace = new Trace(Clock.systemUTC());
        trace.name(server.sip(), "AS");
        core = new ForeignCore(server.core(), trace);
        alice = user("alice" + own).password(Kamailio.PASSWORD);
        bob = user("bob" + own).password(Kamailio.PASSWORD);
        assertThat(bob.request(Requests.options(core.uri())).status())
                .isEqualTo(200); // sent until it is there to answer
    }

    private User user(String name) {
        User user = new User(core, "sip:" + name + "@example.test");
        users.add(user);
        return user;
    }

    @AfterEach
    void stop() {
        users.forEach(User::close);
        if (core != null) {
            core.close();
            kamailio.close();
        }
    }

    @Test
    void s7_whatWaitsIsPushedToWhoRegistersThere() {
        defer(alice, bob, 3);

        bob.register();

        assertThat(texts(bob.awaitMessages(3, SOON))).containsExactly(numbered(1, 3));
        SipMessage invite = bob.awaitCall(SOON).invite();
        assertThat(invite.address("P-Asserted-Identity").uri()).isEqualTo("sip:im-server@example.test");
        bob.awaitBye(SOON);
        assertThat(server.get("/api/v1/users/" + bob.aor()).body()).contains("\"waiting\":0,");
        assertThat(core.trace().problems()).isEmpty();
    }

    @Test
    void s1_aMessageGoesByTheServerToWhoIsThere() {
        register(bob);

        assertThat(alice.write(bob.aor()).text("now").send().status()).isEqualTo(200);
        SipMessage page = bob.awaitPages(1, SOON).get(0);
        assertThat(page.text()).isEqualTo("now");
        assertThat(page.address("P-Asserted-Identity").uri()).isEqualTo(alice.aor());

        bob.answerPages(480);
        assertThat(alice.write(bob.aor()).text("later").send().status()).isEqualTo(202);
        bob.register();
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("later");
    }

    @Test
    void s1_whatIsLargeComesAndLeavesOverTcp() {
        String large = "x".repeat(20_000);
        defer(alice.write(bob.aor()).text(large).over(Transport.TCP));

        bob.answerWith(InviteAnswer.refuse(488)).register();

        SipMessage page = bob.awaitPages(1, SOON).get(0);
        assertThat(page.text()).isEqualTo(large);
        assertThat(page.all("Via")).hasSize(2).allMatch(via -> via.contains("/TCP "));
        assertThat(page.address("P-Asserted-Identity").uri()).isEqualTo(alice.aor());
    }

    @Test
    void s3_aUserIsToldWhatWaits() {
        bob.register(); // is asked for the password
        bob.deregister();
        defer(alice, bob, 2);

        Subscription subscription = bob.subscribe(600);

        assertThat(subscription.answer().status()).isEqualTo(200);
        assertThat(subscription.notifies().next(SOON).text())
                .isEqualTo(
                        "Messages-Waiting: yes\r\nMessage-Account: " + bob.aor() + "\r\nText-Message: 2/0 (0/0)\r\n");
        defer(alice, bob, 1);
        subscription.await("3/0 (0/0)", SOON);
        assertThat(subscription.again(0).status()).isEqualTo(200);
    }

    @Test
    void s4_aSessionIsRefreshedThroughTheCore() {
        alice.register(); // is asked for the password
        OutgoingCall tooShort = alice.invite(bob.aor())
                .header("Supported", "timer")
                .header("Session-Expires", "60")
                .call();
        assertThat(tooShort.awaitAnswer(SOON).status()).isEqualTo(422);
        assertThat(tooShort.awaitAnswer(SOON).need("Min-SE")).isEqualTo("90");

        OutgoingCall call = alice.invite(bob.aor())
                .header("Supported", "timer")
                .header("Session-Expires", "120")
                .call()
                .awaitConnected(SOON);

        assertThat(call.awaitAnswer(SOON).need("Session-Expires")).isEqualTo("120;refresher=uac");
        assertThat(call.update("Supported", "timer", "Session-Expires", "120;refresher=uac")
                        .status())
                .isEqualTo(200);
        assertThat(call.reinvite(null).status()).isEqualTo(200);
        assertThat(call.send("still here").awaitStatus(SOON)).isEqualTo(200);
        assertThat(call.hangUp().status()).isEqualTo(200);
    }

    @Test
    void s5_whoHidesIsNotShown() {
        register(bob);
        assertThat(alice.write(bob.aor())
                        .text("now")
                        .header("Privacy", "id")
                        .send()
                        .status())
                .isEqualTo(200);
        assertThat(bob.awaitPages(1, SOON).get(0).all("P-Asserted-Identity")).isEmpty();

        bob.answerPages(480);
        defer(alice.write(bob.aor()).text("later").header("Privacy", "id"));
        bob.register();

        assertThat(bob.awaitMessages(1, SOON).get(0).encapsulated().all("P-Asserted-Identity"))
                .isEmpty();
    }

    @Test
    void s6_theInviteAsksForADeviceForMessages() {
        defer(alice, bob, 1);

        bob.register();

        assertThat(bob.awaitCall(SOON).invite().all("Accept-Contact")).containsExactly("*;+g.oma.sip-im");
        bob.awaitBye(SOON);
    }

    @Test
    void s7_itIsToldWhoLeavesAndWhatADeviceCan() {
        long before = server.figure("deferred_im_registrations");
        register(bob);
        assertThat(server.get("/api/v1/users/" + bob.aor()).body()).contains("\"+g.oma.sip-im\"");

        bob.deregister();
        awaitRegistrations(before);
    }

    @Test
    void s7_itIsToldWhoseRegistrationRanOut() {
        long before = server.figure("deferred_im_registrations");
        bob.register(5); // long enough to be seen
        awaitRegistrations(before + 1);

        awaitRegistrations(before);
    }

    @Test
    void aSessionToAnAbsentUserIsDeferredAndOneToWhoIsThereGoesOn() {
        alice.register(); // is asked for the password
        OutgoingCall deferred = alice.invite(bob.aor()).call().awaitConnected(SOON);
        assertThat(deferred.send("text/plain", "later".getBytes(UTF_8), 2048).awaitStatus(SOON))
                .isEqualTo(200);
        deferred.hangUp();
        bob.register();
        assertThat(new String(bob.awaitMessages(1, SOON).get(0).body(), UTF_8)).contains("\r\n\r\nlater\r\n-------");
        bob.awaitBye(SOON);

        bob.answerWith(InviteAnswer.accept().acceptTypes("*"));
        OutgoingCall call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        assertThat(call.send("text/plain", "now".getBytes(UTF_8), 2048).awaitStatus(SOON))
                .isEqualTo(200);
        assertThat(new String(bob.awaitMessages(2, SOON).get(1).body(), UTF_8)).isEqualTo("now");
        call.hangUp();
        bob.awaitBye(SOON);
    }

    @Test
    void s5_nobodySpeaksForSomebodyElse() {
        User mallory = user(alice.name().toLowerCase(Locale.ROOT)).password("guessed");
        assertThat(mallory.write(bob.aor()).text("trust me").send().status()).isEqualTo(407);
        assertThat(mallory.register().status()).isEqualTo(401);

        defer(alice.write(bob.aor())
                .text("mine")
                .header("P-Asserted-Identity", "<sip:boss@example.test>")
                .header("P-Served-User", "<sip:boss@example.test>"));
        bob.register();
        assertThat(bob.awaitMessages(1, SOON).get(0).encapsulated().all("P-Asserted-Identity"))
                .containsExactly("<" + alice.aor() + ">");
        assertThat(bob.awaitMessages(1, SOON).get(0).encapsulated().all("P-Served-User"))
                .isEmpty();
    }

    /** Which node a request goes to is told by its recipient: of these some go to the node that is gone first. */
    @Test
    void whatGoesToANodeThatIsGoneIsTakenByTheNext() throws Exception {
        kamailio.close();
        InetSocketAddress gone = new InetSocketAddress("127.0.0.1", Configured.freePort());
        kamailio = new Kamailio(
                Files.createDirectory(directory.resolve("two")),
                server.core(),
                List.of(gone, server.sip()),
                List.of(alice.name().toLowerCase(Locale.ROOT)));
        assertThat(alice.request(Requests.options(core.uri())).status()).isEqualTo(200);

        List<CompletableFuture<Sent>> sent = IntStream.range(0, 8)
                .mapToObj(i -> alice.write("sip:absent" + i + "@example.test")
                        .body("application/im-iscomposing+xml", "<isComposing/>".getBytes(UTF_8))
                        .start())
                .toList();
        List<OutgoingCall> calls = IntStream.range(0, 8)
                .mapToObj(i -> alice.invite("sip:absent" + i + "@example.test").call())
                .toList();

        calls.forEach(call -> call.awaitConnected(SOON.multipliedBy(2)).hangUp());
        for (CompletableFuture<Sent> one : sent) {
            assertThat(one.get(25, TimeUnit.SECONDS).status()).isEqualTo(200);
        }
    }

    private void register(User user) {
        long before = server.figure("deferred_im_registrations");
        user.register();
        awaitRegistrations(before + 1);
    }

    /** Nobody tells when the server has heard of it: it is asked until it has, or the time is up. */
    private void awaitRegistrations(long count) {
        assertTimeoutPreemptively(SOON.multipliedBy(2), () -> {
            while (server.figure("deferred_im_registrations") != count) {
                Thread.onSpinWait();
            }
        });
    }
}
