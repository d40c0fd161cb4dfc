package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.User;
import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.Identity;
import im.deferred.msrp.RawPeer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A push over MSRP over TLS, each end with a self-signed certificate that its SDP names (RFC 4975 §14.4). */
@ExtendWith(ArquillianExtension.class)
class SecurePushIT {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Pattern SECURE_PATH =
            Pattern.compile("msrps://127\\.0\\.0\\.1:([0-9]+)/[A-Za-z0-9_-]{14,};tcp");

    @RegisterExtension
    static final Scene scene = new Scene();

    @TempDir
    static Path folder;

    private static Identity client;
    private static Identity other;

    private User bob;
    private SSLServerSocket listener;
    private String path;
    private long waitingBefore;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.2S", "push.retry-first=PT0.2S", "msrp.transport=tls");
    }

    @BeforeAll
    static void makeCertificates() throws Exception {
        client = Identity.of(folder, "192.0.2.1");
        other = Identity.of(folder, "192.0.2.2");
    }

    @BeforeEach
    void aMessageWaits() throws Exception {
        bob = scene.user("bob");
        listener = (SSLServerSocket)
                Identity.believing(client).getServerSocketFactory().createServerSocket(0, 1, LOOPBACK);
        listener.setNeedClientAuth(true);
        listener.setSoTimeout((int) SOON.toMillis());
        path = "msrps://127.0.0.1:" + listener.getLocalPort() + "/secureclient00;tcp";
        waitingBefore = scene.server().waiting();
        defer(scene.user("alice").write(bob.aor()).text("hello"));
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    /** Bob takes the INVITE; his MSRP is the test's. */
    private InviteAnswer answer(String setup, Identity named) {
        String fingerprint = named.fingerprints().iterator().next().toString();
        return InviteAnswer.accept()
                .setup("passive") // so that the client of the lab stays out of it
                .sdp(sdp -> sdp.replaceFirst("m=message .*", "m=message " + listener.getLocalPort() + " TCP/TLS/MSRP *")
                        .replaceFirst("a=path:.*", "a=path:" + path)
                        .replaceFirst("a=setup:.*", "a=setup:" + setup + "\r\na=fingerprint:" + fingerprint));
    }

    private static void assertIsServer(SSLSocket socket, Call call) throws IOException {
        Fingerprint offered = Fingerprint.parse(
                        call.offer().attribute("fingerprint").orElseThrow())
                .orElseThrow();
        assertThat(offered.matches(socket.getSession().getPeerCertificates()[0]))
                .isTrue();
    }

    /** In the nth session. */
    private void takeMessage(RawPeer peer, int nth) throws IOException {
        assertThat(scene.server().waiting()).isEqualTo(waitingBefore + 1);
        assertThat(peer.readAndAnswer("200 OK").body()).endsWith("\r\n\r\nhello");
        bob.byes().await(nth, SOON);
        assertThat(scene.server().waiting()).isEqualTo(waitingBefore);
    }

    @Test
    void m31_m38_offersTls() {
        bob.answerWith(InviteAnswer.refuse(486)).register();

        Call call = bob.awaitCall(SOON);
        Matcher secure = SECURE_PATH.matcher(call.offer().attribute("path").orElseThrow());
        assertThat(secure.matches()).isTrue();
        assertThat(call.offer().streams()).containsExactly("message " + secure.group(1) + " TCP/TLS/MSRP *");
        assertThat(call.offer().attribute("setup")).contains("actpass");
        assertThat(call.offer().attribute("msrp-cema")).isPresent();
    }

    @Test
    void m38_pushesToAClientThatWaits() throws Exception {
        bob.answerWith(answer("passive", client)).register();

        try (SSLSocket socket = (SSLSocket) listener.accept();
                RawPeer peer = new RawPeer(socket)) {
            assertThat(peer.readAndAnswer("200 OK").header("To-Path")).isEqualTo(path);
            assertIsServer(socket, bob.awaitCall(SOON));
            takeMessage(peer, 1);
        }
    }

    @Test
    void m38_pushesToAClientThatConnects() throws Exception {
        bob.answerWith(answer("active", client)).register();
        Call call = bob.awaitCall(SOON).awaitState(Call.State.CONFIRMED, SOON);
        String theirs = call.offer().attribute("path").orElseThrow();
        Matcher secure = SECURE_PATH.matcher(theirs);
        assertThat(secure.matches()).isTrue();

        InetSocketAddress address = new InetSocketAddress(LOOPBACK, Integer.parseInt(secure.group(1)));
        try (SSLSocket socket = (SSLSocket) Identity.believing(client)
                        .getSocketFactory()
                        .createSocket(address.getAddress(), address.getPort());
                RawPeer peer = new RawPeer(socket)) {
            peer.write("MSRP tid00001 SEND\r\nTo-Path: " + theirs + "\r\nFrom-Path: " + path
                    + "\r\nMessage-ID: first001\r\nByte-Range: 1-0/0\r\n-------tid00001$\r\n");
            assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
            assertIsServer(socket, call);
            takeMessage(peer, 1);
        }
    }

    @Test
    void m38_aClientThatIsNotTheOneNamedGetsNothing() throws Exception {
        bob.answerWith(answer("passive", other), answer("passive", client)).register();
        try (RawPeer peer = new RawPeer(listener.accept())) {
            assertThat(peer.isCut()).isTrue();
        }
        try (RawPeer peer = new RawPeer(listener.accept())) {
            peer.readAndAnswer("200 OK");
            takeMessage(peer, 2);
        }
    }
}
