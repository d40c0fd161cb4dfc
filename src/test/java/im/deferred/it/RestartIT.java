package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.OutgoingCall;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.SipCore;
import im.deferred.lab.Trace;
import im.deferred.lab.User;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server ends, in good order or not, and starts again: what it said it would keep is there. */
class RestartIT {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int WINDOW = 8;
    private static final int WRITERS = 8;
    private static final int COUNT = 1000;

    @TempDir
    private Path dataDir;

    private final List<User> users = new ArrayList<>();
    private ServerProcess process;
    private SipCore core;
    private User alice;
    private User bob;

    @BeforeEach
    void start() {
        process = new ServerProcess(
                        new Configured(dataDir).set("push.idle", "PT0.3S").set("push.window", Integer.toString(WINDOW)))
                .start();
        Clock clock = Clock.systemUTC();
        core = new SipCore(process.server().core(), new Trace(clock), clock)
                .as(process.server().sip());
        alice = user("alice");
        bob = user("bob");
    }

    private User user(String name) {
        User user = new User(core, "sip:" + name + "@example.test");
        users.add(user);
        return user;
    }

    @AfterEach
    void stop() {
        users.forEach(User::close);
        core.close();
        process.close();
    }

    @Test
    void knowsAfterARestartWhatWaitsAndWhoIsRegistered() {
        User carol = user("carol");
        carol.register();
        core.thirdPartyAnswers().await(1, SOON);
        defer(alice, bob, 3);

        process.stop();
        process.start();

        assertThat(alice.write(carol.aor()).text("still there?").send().status())
                .isEqualTo(200);
        assertThat(carol.awaitPages(1, SOON).get(0).text()).isEqualTo("still there?");
        bob.register();
        assertThat(texts(bob.awaitMessages(3, SOON))).containsExactly(numbered(1, 3));
        bob.awaitBye(SOON);
        assertThat(process.server().waiting()).isZero();
        assertThat(core.trace().problems()).isEmpty();
    }

    @Test
    @EmbeddedOnly("Open Liberty closes its SIP ports before it stops the application")
    void sessionsThatUsersOpenedEndWhenItStops() {
        OutgoingCall deferred = alice.invite(bob.aor()).call().awaitConnected(SOON);
        bob.register();
        core.thirdPartyAnswers().await(1, SOON);
        OutgoingCall bridged = alice.invite(bob.aor()).call().awaitConnected(SOON);
        Call called = bob.awaitCall(SOON).awaitState(Call.State.CONFIRMED, SOON);

        process.stop();

        deferred.awaitState(OutgoingCall.State.ENDED, SOON);
        bridged.awaitState(OutgoingCall.State.ENDED, SOON);
        assertThat(bob.awaitBye(SOON)).isSameAs(called);
        assertThat(deferred.isBroken() || bridged.isBroken()).isFalse();
    }

    @Test
    void knowsAfterAKillUnderWhichKeyAMessageWasHandedIn() {
        Rest rest = new Rest(process.server());
        long id = Rest.id(rest.submit(alice.aor(), bob.aor(), "once", "Idempotency-Key", "\"k1\""));

        process.kill();
        process.start();

        assertThat(Rest.id(rest.submit(alice.aor(), bob.aor(), "once", "Idempotency-Key", "\"k1\"")))
                .isEqualTo(id);
        assertThat(rest.submit(alice.aor(), bob.aor(), "twice", "Idempotency-Key", "\"k1\"")
                        .statusCode())
                .isEqualTo(422);
        assertThat(process.server().waiting()).isOne();
    }

    /** Nothing that was answered 202 is lost, nothing that Bob answered comes again, and what comes again is known by its Message-ID. */
    @Test
    void goesOnWithAPushInWhichItWasKilled() {
        int answered = 300;
        deferThousand();
        bob.msrp(MsrpBehaviour.answering().silentFrom(answered + 1)).register();
        bob.awaitMessages(answered + WINDOW, MINUTE);

        process.kill();
        Call call = bob.awaitCall(SOON);
        bob.msrp(MsrpBehaviour.answering());
        process.start();

        bob.awaitMessages(COUNT + WINDOW, MINUTE);
        bob.awaitBye(SOON);
        List<ReceivedMessage> all = bob.messages().all();
        assertThat(all.stream().map(ReceivedMessage::messageId).distinct()).hasSize(COUNT);
        assertEachWriterInOrder(all);
        assertThat(all.subList(0, answered + WINDOW))
                .extracting(ReceivedMessage::call)
                .containsOnly(call);
        // A window was unanswered; what was answered last may not have been deleted before the kill.
        assertThat(all).hasSizeLessThanOrEqualTo(COUNT + 2 * WINDOW);
        assertThat(process.server().waiting()).isZero();
    }

    /** Several write at once, so that it does not take long; each waits for the answer to one message before the next. */
    private void deferThousand() {
        String kilobyte = "-".repeat(1000);
        CompletableFuture<?>[] written = IntStream.range(0, WRITERS)
                .mapToObj(i -> user("writer" + i))
                .map(writer -> CompletableFuture.runAsync(
                        () -> defer(writer, bob, COUNT / WRITERS, text -> writer.name() + ":" + text + kilobyte)))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(written)
                .orTimeout(MINUTE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static void assertEachWriterInOrder(List<ReceivedMessage> messages) {
        Map<String, List<String>> byWriter = firstOfEach(messages).stream()
                .map(message -> message.encapsulated().text().replace("-", ""))
                .collect(groupingBy(
                        text -> text.substring(0, text.indexOf(':')),
                        mapping(text -> text.substring(text.indexOf(':') + 1), toList())));
        assertThat(byWriter).hasSize(WRITERS);
        assertThat(byWriter.values())
                .allSatisfy(texts -> assertThat(texts).containsExactly(numbered(1, COUNT / WRITERS)));
    }

    private static List<ReceivedMessage> firstOfEach(List<ReceivedMessage> messages) {
        Set<String> known = new HashSet<>();
        return messages.stream()
                .filter(message -> known.add(message.messageId()))
                .toList();
    }
}
