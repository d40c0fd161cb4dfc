package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.MsrpSent;
import im.deferred.lab.OutgoingCall;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.User;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A session of two users of whom the called one is reached through the relay that the server itself is. Nothing is deferred by the clock
 * here: the confirm-timeout is longer than any of these tests waits.
 */
@ExtendWith(ArquillianExtension.class)
class RelayedSessionIT {

    private static final String PORT = new Configured(Path.of("nowhere")).value("msrp.tls-port");
    private static final int WINDOW = 4;
    /** More than the window, and no more than are taken where nobody may wait. */
    private static final int MESSAGES = 4 * WINDOW;

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with(
                "relay.enabled=true",
                "msrp.tls-port=" + PORT,
                "msrp.relay=msrps://127.0.0.1:" + PORT + ";tcp",
                "session.window=" + WINDOW,
                "session.confirm-timeout=PT25S");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
        scene.register(bob);
        bob.answerWith(InviteAnswer.accept().acceptTypes("*").setup("passive"));
    }

    @Test
    void moreThanTheWindowArriveOnceAndInOrder() {
        long before = scene.server().waiting();
        OutgoingCall call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        bob.msrp(MsrpBehaviour.answering().holding());
        List<MsrpSent> sent = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            sent.add(send(call::send, "to Bob " + i));
        }
        bob.awaitMessages(MESSAGES, SOON);
        bob.release();

        sent.forEach(RelayedSessionIT::assertConfirmed);
        assertThat(texts(bob.awaitMessages(MESSAGES, SOON))).containsExactlyElementsOf(numbered("to Bob "));
        assertThat(scene.server().waiting()).isEqualTo(before);
        assertThat(call.hangUp().status()).isEqualTo(200);
    }

    @Test
    void soDoTheyBothWaysAtOnce() {
        OutgoingCall call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        Call atBob = bob.awaitCall(SOON);
        List<MsrpSent> sent = new ArrayList<>(List.of(send(call::send, "to Bob 0")));
        bob.awaitMessages(1, SOON); // he is connected
        sent.add(send(atBob::send, "to Alice 0"));
        for (int i = 1; i < MESSAGES; i++) {
            sent.add(send(call::send, "to Bob " + i));
            sent.add(send(atBob::send, "to Alice " + i));
        }

        sent.forEach(RelayedSessionIT::assertConfirmed);
        assertThat(texts(bob.awaitMessages(MESSAGES, SOON))).containsExactlyElementsOf(numbered("to Bob "));
        assertThat(texts(call.messages().await(MESSAGES, SOON))).containsExactlyElementsOf(numbered("to Alice "));
        assertThat(call.hangUp().status()).isEqualTo(200);
    }

    /** Either end of the session. */
    private interface End {
        MsrpSent send(String type, byte[] body, int chunk, String... headers);
    }

    private static MsrpSent send(End from, String text) {
        return from.send("text/plain", text.getBytes(UTF_8), 2048, "Success-Report", "yes");
    }

    /** A relay answers 200 for itself: it is the REPORT that tells. */
    private static void assertConfirmed(MsrpSent message) {
        assertThat(message.reports().await(1, SOON).get(0).need("Status")).startsWith("000 200");
    }

    private static List<String> numbered(String text) {
        return IntStream.range(0, MESSAGES).mapToObj(i -> text + i).toList();
    }

    private static List<String> texts(List<ReceivedMessage> messages) {
        return messages.stream()
                .map(message -> new String(message.body(), UTF_8))
                .toList();
    }
}
