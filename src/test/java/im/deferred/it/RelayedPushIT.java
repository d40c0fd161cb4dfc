package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.User;
import im.deferred.msrp.Identity;
import im.deferred.msrp.RawPeer;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Pushes from behind the relay that the server itself is: to it over TLS, from it to the client over TCP or TLS. */
@ExtendWith(ArquillianExtension.class)
class RelayedPushIT {

    private static final String PORT = new Configured(Path.of("nowhere")).value("msrp.tls-port");

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;
    private long waitingBefore;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with(
                "push.idle=PT0.5S",
                "push.retry-first=PT0.2S",
                "relay.enabled=true",
                "msrp.tls-port=" + PORT,
                "msrp.relay=msrps://127.0.0.1:" + PORT + ";tcp");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob").answerWith(InviteAnswer.accept().setup("passive"));
        waitingBefore = scene.server().waiting();
    }

    @Test
    void m31_offersTheRelayAndItselfBehind() {
        defer(alice, bob, 1);

        bob.answerWith(InviteAnswer.refuse(486)).register();

        Call call = bob.awaitCall(SOON);
        assertThat(call.offer().streams()).containsExactly("message " + PORT + " TCP/TLS/MSRP *");
        String uri = "msrps://127\\.0\\.0\\.1:" + PORT + "/[A-Za-z0-9_-]{14,};tcp";
        assertThat(call.offer().attribute("path").orElseThrow()).matches(uri + " " + uri);
        assertThat(call.offer().attribute("setup")).contains("actpass");
        assertThat(call.offer().attribute("fingerprint")).isEmpty();
        assertThat(call.offer().attribute("msrp-cema")).isEmpty();
    }

    @Test
    void m20_pushesThroughTheRelay() {
        String longer = "-".repeat(20_000);
        defer(alice, bob, 20, text -> text + (text.endsWith("0") ? longer : ""));

        bob.register();

        List<ReceivedMessage> messages = bob.awaitMessages(20, SOON);
        assertThat(texts(messages).stream().map(text -> text.replace(longer, "")))
                .containsExactly(numbered(1, 20));
        Call call = bob.awaitBye(SOON);
        assertThat(messages).extracting(ReceivedMessage::call).containsOnly(call);
        assertThat(call.isBroken()).as("connection closed before the BYE").isFalse();
        assertThat(scene.server().waiting()).isEqualTo(waitingBefore);
    }

    /** The relay answered it 200 long before. */
    @Test
    void m20_whatTheClientRefusesStaysAndIsSentAgain() {
        defer(alice, bob, 1);
        bob.msrp(MsrpBehaviour.answering().refusing(1, 481)).register();

        List<ReceivedMessage> messages = bob.awaitMessages(2, SOON);

        assertThat(texts(messages)).containsExactly("message 1", "message 1");
        assertThat(bob.calls().size()).isEqualTo(2);
        bob.byes().await(2, SOON);
        assertThat(scene.server().waiting()).isEqualTo(waitingBefore);
    }

    /** It connects to the relay, as most clients have to, and is answered where it came. */
    @Test
    void m27_pushesToAClientThatConnectsToTheRelay(@TempDir Path folder) throws Exception {
        Identity client = Identity.of(folder, "192.0.2.1");
        String path = "msrps://127.0.0.1:9/activeclient00;tcp";
        defer(alice.write(bob.aor()).text("hello"));
        bob.answerWith(InviteAnswer.accept()
                        .setup("passive") // so that the client of the lab stays out of it
                        .sdp(sdp -> sdp.replaceFirst("m=message .*", "m=message 9 TCP/TLS/MSRP *")
                                .replaceFirst("a=path:.*", "a=path:" + path)
                                .replaceFirst("a=setup:.*", "a=setup:active")))
                .register();
        Call call = bob.awaitCall(SOON).awaitState(Call.State.CONFIRMED, SOON);
        String theirs = call.offer().attribute("path").orElseThrow();

        try (RawPeer peer = new RawPeer(Identity.believing(client)
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), Integer.parseInt(PORT)))) {
            peer.write("MSRP tid00001 SEND\r\nTo-Path: " + theirs + "\r\nFrom-Path: " + path
                    + "\r\nMessage-ID: first001\r\nByte-Range: 1-0/0\r\n-------tid00001$\r\n");
            assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
            RawPeer.Frame message = peer.readAndAnswer("200 OK");
            assertThat(message.body()).endsWith("\r\n\r\nhello");
            assertThat(message.header("From-Path")).isEqualTo(theirs);
            assertThat(scene.server().waiting()).as("before the REPORT").isEqualTo(waitingBefore + 1);
            peer.write("MSRP tid00002 REPORT\r\nTo-Path: " + theirs + "\r\nFrom-Path: " + path + "\r\nMessage-ID: "
                    + message.header("Message-ID") + "\r\nByte-Range: " + message.header("Byte-Range")
                    + "\r\nStatus: 000 200 OK\r\n-------tid00002$\r\n");
            bob.awaitBye(SOON);
            assertThat(scene.server().waiting()).isEqualTo(waitingBefore);
        }
    }

    @Test
    void pushesToSeveralAtOnce() {
        List<User> users = List.of(scene.user("carol"), scene.user("dave"), scene.user("erin"));
        users.forEach(user -> defer(alice, user, 5));
        users.forEach(user -> user.answerWith(InviteAnswer.accept().setup("passive")));

        users.forEach(User::register);

        users.forEach(user -> assertThat(texts(user.awaitMessages(5, SOON))).containsExactly(numbered(1, 5)));
        users.forEach(user -> user.awaitBye(SOON));
        assertThat(scene.server().waiting()).isEqualTo(waitingBefore);
    }
}
