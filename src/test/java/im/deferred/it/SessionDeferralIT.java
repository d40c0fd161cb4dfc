package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.MsrpSent;
import im.deferred.lab.OutgoingCall;
import im.deferred.lab.RawClient;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.Sdp;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.Identity;
import im.deferred.msrp.RawPeer;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An MSRP session with a user who is not registered: answered by the server, and what is sent in it is kept (FLOW.md, ways in). */
@ExtendWith(ArquillianExtension.class)
class SessionDeferralIT {

    private static final int MAX_SIZE = 6 * 1024 * 1024;
    private static final int QUOTA = 20;
    private static final String COMPOSING = "<isComposing><state>active</state></isComposing>";

    @RegisterExtension
    static final Scene scene = new Scene();

    @TempDir
    static Path folder;

    private User alice;
    private User bob;
    private OutgoingCall call;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with(
                "push.idle=PT0.3S",
                "message.max-size=" + MAX_SIZE,
                "user.quota=" + QUOTA,
                "session.idle=PT5S",
                "session.max=2");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @Test
    void answers200AndReceivesOnly() {
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);

        Sdp answer = call.answer();
        assertThat(answer.streams()).hasSize(1);
        assertThat(answer.attribute("recvonly")).isPresent();
        assertThat(answer.attribute("accept-types")).contains("*");
        assertThat(answer.attribute("max-size")).contains(Integer.toString(MAX_SIZE));
        assertThat(answer.attribute("setup")).contains("passive");
        hangUp();
    }

    @Test
    void storesBeforeIt200s() {
        long before = scene.server().waiting();
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);

        assertThat(call.send("Are you there?").awaitStatus(SOON)).isEqualTo(200);

        assertThat(scene.server().waiting()).isEqualTo(before + 1);
        hangUp();
    }

    @ParameterizedTest
    @CsvSource({"5, 2048", "30000, 1000", "5242880, 65536"})
    void pushesItLaterAsItCame(int size, int chunk) {
        byte[] body = new byte[size];
        new Random(size).nextBytes(body);
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        MsrpSent sent = call.send("application/x-thing;name=\"x y\"", body, chunk, "X-Note", "kept");
        assertThat(sent.awaitStatus(SOON)).isEqualTo(200);
        hangUp();

        bob.register();

        ReceivedMessage received = bob.awaitMessages(1, SOON.multipliedBy(2)).get(0);
        assertThat(received.contentType()).startsWith("message/msrp");
        String head = new String(received.body(), 0, Math.min(received.body().length - size, 4000), UTF_8);
        assertThat(head)
                .contains("Message-ID: " + sent.messageId() + "\r\n")
                .contains("Content-Type: application/x-thing;name=\"x y\"\r\n")
                .contains("X-Note: kept\r\n")
                .contains(alice.aor());
        assertThat(contains(received.body(), body)).isTrue();
    }

    @Test
    void keepsTheOrderOfMany() {
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        List<MsrpSent> sent = new ArrayList<>();
        for (int i = 0; i < QUOTA; i++) {
            sent.add(call.send("message " + i));
        }
        sent.forEach(message -> assertThat(message.awaitStatus(SOON)).isEqualTo(200));
        hangUp();

        bob.register();

        List<ReceivedMessage> received = bob.awaitMessages(QUOTA, SOON);
        for (int i = 0; i < QUOTA; i++) {
            assertThat(new String(received.get(i).body(), UTF_8))
                    .contains("Message-ID: " + sent.get(i).messageId(), "\r\n\r\nmessage " + i + "\r\n");
        }
    }

    @Test
    void goesOnWhenTheUserRegistersInTheMiddle() {
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        assertThat(call.send("before").awaitStatus(SOON)).isEqualTo(200);

        bob.register();
        bob.awaitMessages(1, SOON);
        assertThat(call.send("after").awaitStatus(SOON)).isEqualTo(200);

        assertThat(new String(bob.awaitMessages(2, SOON).get(1).body(), UTF_8)).contains("\r\n\r\nafter\r\n");
        hangUp();
    }

    @Test
    void reportsSuccessWhereAsked() {
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);

        MsrpSent sent = call.send("text/plain", "for sure".getBytes(UTF_8), 2048, "Success-Report", "yes");

        assertThat(sent.awaitStatus(SOON)).isEqualTo(200);
        assertThat(sent.reports().await(1, SOON).get(0).need("Status")).startsWith("000 200");
        hangUp();
    }

    @ParameterizedTest
    @CsvSource({"actpass, passive", "active, passive", "passive, active", "'',"})
    void m33_whoConnects(String offered, String answered) {
        call = alice.invite(bob.aor()).setup(offered).call().awaitConnected(SOON);

        assertThat(call.answer().attribute("setup").orElse(null)).isEqualTo(answered);
        assertThat(call.send("hello").awaitStatus(SOON)).isEqualTo(200);
        hangUp();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void m38_answersTlsWithTls(boolean named) throws Exception {
        Identity client = Identity.of(folder, "192.0.2.1");
        Identity other = Identity.of(folder, "192.0.2.2");
        String fingerprint =
                (named ? client : other).fingerprints().iterator().next().toString();
        try (SSLServerSocket listener = (SSLServerSocket) Identity.believing(client)
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            listener.setNeedClientAuth(true);
            listener.setSoTimeout((int) SOON.toMillis());
            String path = "msrps://127.0.0.1:" + listener.getLocalPort() + "/secureclient00;tcp";
            call = alice.invite(bob.aor())
                    .setup("passive") // so that the client of the lab stays out of it
                    .sdp(sdp -> sdp.replaceFirst(
                                    "m=message .*", "m=message " + listener.getLocalPort() + " TCP/TLS/MSRP *")
                            .replaceFirst("a=path:.*", "a=path:" + path + "\r\na=fingerprint:" + fingerprint))
                    .call()
                    .awaitState(OutgoingCall.State.CONFIRMED, SOON);
            Sdp answer = call.answer();
            String theirs = answer.attribute("path").orElseThrow();
            assertThat(theirs).startsWith("msrps://");
            assertThat(answer.streams()).singleElement().asString().contains(" TCP/TLS/MSRP ");
            try (SSLSocket socket = (SSLSocket) listener.accept();
                    RawPeer peer = new RawPeer(socket)) {
                if (!named) {
                    assertThat(peer.isCut()).isTrue();
                    call.awaitState(OutgoingCall.State.ENDED, SOON);
                    return;
                }
                peer.readAndAnswer("200 OK");
                assertThat(Fingerprint.parse(answer.attribute("fingerprint").orElseThrow())
                                .orElseThrow()
                                .matches(socket.getSession().getPeerCertificates()[0]))
                        .isTrue();
                peer.write("MSRP tid00002 SEND\r\nTo-Path: " + theirs + "\r\nFrom-Path: " + path
                        + "\r\nMessage-ID: secret01\r\nByte-Range: 1-6/6\r\nContent-Type: text/plain\r\n\r\nsecret"
                        + "\r\n-------tid00002$\r\n");
                assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
                hangUp();
            }
        }
    }

    @Test
    void rejectsOtherStreams() {
        call = alice.invite(bob.aor())
                .sdp(sdp -> sdp.replace("m=message", "m=audio 49170 RTP/AVP 0\r\nm=message"))
                .call()
                .awaitConnected(SOON);

        assertThat(call.answer().lines()).contains("m=audio 0 RTP/AVP 0");
        hangUp();
    }

    @Test
    void dropsWhatIsOfTheMoment() {
        long before = scene.server().waiting();
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);

        assertThat(call.send("application/im-iscomposing+xml", COMPOSING.getBytes(UTF_8), 2048)
                        .awaitStatus(SOON))
                .isEqualTo(200);
        String wrapped = "From: <sip:a@example.test>\r\nTo: <sip:b@example.test>\r\n\r\n"
                + "Content-Type: application/im-iscomposing+xml\r\n\r\n" + COMPOSING;
        assertThat(call.send("message/cpim", wrapped.getBytes(UTF_8), 2048).awaitStatus(SOON))
                .isEqualTo(200);

        assertThat(scene.server().waiting()).isEqualTo(before);
        hangUp();
    }

    @Test
    void refusesWhatIsTooLargeWith413() {
        long before = scene.server().waiting();
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);

        assertThat(call.send("application/x-thing", new byte[MAX_SIZE + 1], 1 << 20)
                        .awaitStatus(SOON))
                .isEqualTo(413);

        assertThat(call.send("not so large").awaitStatus(SOON)).isEqualTo(200);
        assertThat(scene.server().waiting()).isEqualTo(before + 1);
        hangUp();
    }

    @Test
    void refusesWhatIsOverTheQuotaWith413() {
        long before = scene.server().waiting();
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        for (int i = 0; i < QUOTA; i++) {
            assertThat(call.send("message " + i).awaitStatus(SOON)).isEqualTo(200);
        }

        assertThat(call.send("one too many").awaitStatus(SOON)).isEqualTo(413);
        assertThat(scene.server().waiting()).isEqualTo(before + QUOTA);
        hangUp();
    }

    @Test
    void endsWhenNothingHappens() {
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);

        call.awaitState(OutgoingCall.State.ENDED, SOON);

        assertThat(call.requests().all()).extracting(SipMessage::method).containsExactly("BYE");
        assertThat(call.isBroken()).isFalse();
    }

    @Test
    void losesNothingThatWas200dWhenTheConnectionIsLost() {
        long before = scene.server().waiting();
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        assertThat(call.send("whole").awaitStatus(SOON)).isEqualTo(200);
        call.sendBeginning("text/plain", "half".getBytes(UTF_8));

        call.cut();

        call.awaitState(OutgoingCall.State.ENDED, SOON);
        assertThat(scene.server().waiting()).isEqualTo(before + 1);
    }

    @Test
    void answersRefreshes() {
        call = alice.invite(bob.aor())
                .header("Supported", "timer")
                .header("Session-Expires", "120")
                .call()
                .awaitConnected(SOON);
        SipMessage ok = call.awaitAnswer(SOON);
        assertThat(ok.need("Session-Expires")).isEqualTo("120;refresher=uac");
        assertThat(ok.need("Require")).contains("timer");

        SipMessage update = call.update("Supported", "timer", "Session-Expires", "120;refresher=uac");
        assertThat(update.status()).isEqualTo(200);
        assertThat(update.body()).isEmpty();
        assertThat(update.need("Session-Expires")).isEqualTo("120;refresher=uac");

        SipMessage again = call.reinvite(null);
        assertThat(again.status()).isEqualTo(200);
        assertThat(Sdp.parse(again.text()).attribute("path"))
                .isEqualTo(call.answer().attribute("path"));
        assertThat(Sdp.parse(again.text()).attribute("recvonly")).isPresent();

        SipMessage moved = call.reinvite(call.invite().text().replace(";tcp", "x;tcp"));
        assertThat(moved.status()).isEqualTo(488);
        assertThat(call.send("still here").awaitStatus(SOON)).isEqualTo(200);
        hangUp();
    }

    @Test
    void refusesShortIntervalsWith422() {
        call = alice.invite(bob.aor())
                .header("Supported", "timer")
                .header("Session-Expires", "60")
                .call();

        SipMessage refused = call.awaitAnswer(SOON);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.need("Min-SE")).isEqualTo("90");
    }

    @ParameterizedTest
    @ValueSource(strings = {"m=message 7654 UDP/MSRP *", "m=message 0 TCP/MSRP *", "m=audio 49170 RTP/AVP 0"})
    void refusesOtherOffersWith488(String stream) {
        call = alice.invite(bob.aor())
                .sdp(sdp -> sdp.replaceFirst("m=message.*", stream))
                .call();

        assertThat(call.awaitAnswer(SOON).status()).isEqualTo(488);
    }

    @Test
    void hasNothingForAUserWhoOnlyReceives() {
        call = alice.invite(bob.aor()).line("a=recvonly").call();

        assertThat(call.awaitAnswer(SOON).status()).isEqualTo(480);
    }

    @Test
    void refusesWhatItCannotDoWith420() {
        call = alice.invite(bob.aor()).header("Require", "100rel").call();

        SipMessage refused = call.awaitAnswer(SOON);
        assertThat(refused.status()).isEqualTo(420);
        assertThat(refused.need("Unsupported")).isEqualTo("100rel");
    }

    @Test
    void refusesUnknownDomainsWith404() {
        scene.core().domain("elsewhere.test");

        assertThat(alice.invite("sip:bob@elsewhere.test")
                        .call()
                        .awaitAnswer(SOON)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void takesSessionsFromTheCoreOnly() {
        try (RawClient stranger =
                new RawClient(Transport.UDP, "127.0.0.2", scene.server().sip())) {
            Requests.send(stranger, "UDP", Requests.invite(bob.aor()));
            assertThat(stranger.awaitFinal(SOON).status()).isEqualTo(403);
        }
    }

    @Test
    void hasOnlySoManySessions() {
        awaitNoSession();
        OutgoingCall first = alice.invite(bob.aor()).call().awaitConnected(SOON);
        OutgoingCall second = alice.invite(bob.aor()).call().awaitConnected(SOON);

        SipMessage refused = alice.invite(bob.aor()).call().awaitAnswer(SOON);

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.need("Retry-After")).isEqualTo("5");
        first.hangUp();
        second.hangUp();
        awaitNoSession();
        call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        hangUp();
    }

    /** A BYE is answered before the session is off the count. */
    private static void awaitNoSession() {
        scene.awaitFigure("deferred_im_sessions_live", 0);
    }

    private void hangUp() {
        assertThat(call.hangUp().status()).isEqualTo(200);
    }

    private static boolean contains(byte[] whole, byte[] part) {
        outer:
        for (int i = 0; i + part.length <= whole.length; i++) {
            for (int j = 0; j < part.length; j++) {
                if (whole[i + j] != part[j]) {
                    continue outer;
                }
            }
            return true;
        }
        return false;
    }
}
