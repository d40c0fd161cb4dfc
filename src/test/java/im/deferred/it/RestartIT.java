package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.SipCore;
import im.deferred.lab.Trace;
import im.deferred.lab.User;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server ends, in good order or not, and starts again: what it said it would keep is there. */
class RestartIT {

    private static final int WINDOW = 8;

    @TempDir
    private Path dataDir;

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
        alice = new User(core, "sip:alice@example.test");
        bob = new User(core, "sip:bob@example.test");
    }

    @AfterEach
    void stop() {
        alice.close();
        bob.close();
        core.close();
        process.close();
    }

    @Test
    void pushesWhatWasDeferredBeforeARestart() {
        defer(alice, bob, 3);

        process.stop();
        process.start();

        bob.register();
        assertThat(texts(bob.awaitMessages(3, SOON))).containsExactly(numbered(1, 3));
        bob.awaitBye(SOON);
        assertThat(process.server().waiting()).isZero();
        assertThat(core.trace().problems()).isEmpty();
    }

    @Test
    void knowsWhoIsRegisteredAfterARestart() {
        bob.register();
        core.thirdPartyAnswers().await(1, SOON);

        process.kill();
        process.start();

        assertThat(alice.write(bob.aor()).text("still there?").send().status()).isEqualTo(200);
        assertThat(bob.awaitPages(1, SOON).get(0).text()).isEqualTo("still there?");
    }

    /** Nothing that was answered 202 is lost, nothing that Bob answered comes again, and what comes again is known by its Message-ID. */
    @Test
    void goesOnWithAPushInWhichItWasKilled() {
        int count = 1000;
        int killedAfter = 300;
        String kilobyte = "-".repeat(1000);
        defer(alice, bob, count, text -> text + kilobyte);
        bob.msrp(MsrpBehaviour.answering().silentFrom(killedAfter + 1)).register();
        bob.awaitMessages(killedAfter + WINDOW, Duration.ofSeconds(30));

        process.kill();
        Call first = bob.awaitCall(SOON);
        bob.msrp(MsrpBehaviour.answering());
        process.start();

        int again = WINDOW;
        List<ReceivedMessage> all = bob.awaitMessages(count + again, Duration.ofSeconds(60));
        bob.awaitBye(SOON);
        assertThat(first.isBroken()).isTrue();
        assertThat(texts(firstOfEach(bob.messages().all())).stream().map(text -> text.replace(kilobyte, "")))
                .containsExactly(numbered(1, count));
        Set<String> answered = new HashSet<>();
        all.subList(0, killedAfter).forEach(message -> answered.add(message.messageId()));
        // What was answered a moment before the kill may not have been deleted yet: at most a window of it.
        assertThat(all.subList(killedAfter + WINDOW, all.size()).stream()
                        .filter(message -> answered.contains(message.messageId())))
                .hasSizeLessThanOrEqualTo(WINDOW);
        assertThat(process.server().waiting()).isZero();
    }

    private static List<ReceivedMessage> firstOfEach(List<ReceivedMessage> messages) {
        Set<String> known = new HashSet<>();
        return messages.stream()
                .filter(message -> known.add(message.messageId()))
                .toList();
    }
}
