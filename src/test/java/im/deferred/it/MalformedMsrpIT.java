package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Call;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.RawClient;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes to the MSRP port and is no good, while a push is live: what is answered, and that the push goes on. */
@ExtendWith(ArquillianExtension.class)
class MalformedMsrpIT {

    private static final String TO = "To-Path: msrp://127.0.0.1:2855/no-such-session;tcp\n";
    private static final String FROM = "From-Path: msrp://127.0.0.1:9/a-session-of-mine;tcp\n";
    private static final String CONTENT = "Message-ID: 12345678\nByte-Range: 1-2/2\nContent-Type: text/plain\n\nhi\n";

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;
    private Call call;
    private RawClient stranger;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.2S");
    }

    @BeforeEach
    void aPushIsLive() {
        alice = scene.user("alice");
        bob = scene.user("bob");
        defer(alice.write(bob.aor()).text("before"));
        bob.msrp(MsrpBehaviour.answering().holding()).register();
        bob.awaitMessages(1, SOON);
        call = bob.awaitCall(SOON);
        stranger = new RawClient(Transport.TCP, "127.0.0.2", scene.server().msrp());
    }

    @AfterEach
    void goesOn() {
        stranger.close();
        defer(alice.write(bob.aor()).text("after"));
        bob.release();
        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly("before", "after");
        assertThat(bob.awaitBye(SOON)).isSameAs(call);
        assertThat(call.isBroken()).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answered")
    void isRefused(String flaw, String frame, int status) {
        stranger.send(frame);

        assertThat(stranger.awaitMsrp(SOON).lines()).first().asString().startsWith("MSRP abcd1234 " + status);
        assertIsStillServed();
    }

    static Stream<Arguments> answered() {
        return Stream.of(
                Arguments.of("unknown session", frame("SEND", TO + FROM + CONTENT), 481),
                Arguments.of("unknown session, no content", frame("SEND", TO + FROM + "Message-ID: 12345678\n"), 481),
                Arguments.of("unknown method", frame("FROBNICATE", TO + FROM + CONTENT), 501),
                Arguments.of("From-Path before To-Path", frame("SEND", FROM + TO + CONTENT), 400),
                Arguments.of("a line that is no header", frame("SEND", TO + FROM + "Nonsense\n" + CONTENT), 400));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unanswered")
    void isDropped(String flaw, String frame) {
        stranger.send(frame);

        assertIsStillServed();
    }

    static Stream<Arguments> unanswered() {
        return Stream.of(
                Arguments.of("no To-Path", frame("SEND", FROM + CONTENT)),
                Arguments.of("no From-Path", frame("SEND", TO + CONTENT)),
                Arguments.of("a To-Path that is none", frame("SEND", "To-Path: nowhere\n" + FROM + CONTENT)),
                Arguments.of("a From-Path that is none", frame("SEND", TO + "From-Path: nowhere\n" + CONTENT)),
                Arguments.of("no answer wanted", frame("SEND", TO + FROM + "Failure-Report: no\n" + CONTENT)),
                Arguments.of("REPORT", frame("REPORT", TO + FROM + "Message-ID: 12345678\nStatus: 000 200 OK\n")),
                Arguments.of("a response to nothing", frame("200 OK", TO + FROM)),
                Arguments.of("empty lines", "\n\n\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cut")
    void endsTheConnection(String flaw, String bytes) {
        stranger.send(bytes);

        stranger.awaitClosed(SOON);
    }

    static Stream<Arguments> cut() {
        return Stream.of(
                Arguments.of("garbage", "\u0000\u0001 no MSRP at all\n\n"),
                Arguments.of("HTTP", "GET / HTTP/1.1\nHost: example.test\n\n"),
                Arguments.of("a transaction id too short", "MSRP a SEND\n" + TO + FROM + CONTENT + "-------a$\n"),
                Arguments.of("a transaction id too long", "MSRP " + "a".repeat(33) + " SEND\n"),
                Arguments.of("a start line without end", "MSRP abcd1234 SEND" + "x".repeat(10_000)),
                Arguments.of("a header line too long", frame("SEND", TO + FROM + "X: " + "y".repeat(10_000) + "\n")),
                Arguments.of("too many headers", frame("SEND", TO + FROM + "X: y\n".repeat(100) + CONTENT)));
    }

    /** RFC 4975 §7.3: a session is known by both its paths, and belongs to one connection. */
    @Test
    void keepsStrangersOutOfASession() {
        String path = call.offer().attribute("path").orElseThrow().strip();

        stranger.send(frame("SEND", "To-Path: " + path + "\n" + FROM + CONTENT));
        assertThat(stranger.awaitMsrp(SOON)).startsWith("MSRP abcd1234 481");

        String bobs = bob.messages().all().get(0).send().need("To-Path");
        stranger.send(frame("SEND", "To-Path: " + path + "\nFrom-Path: " + bobs + "\n" + CONTENT));
        assertThat(stranger.awaitMsrp(SOON)).startsWith("MSRP abcd1234 506");
    }

    private static String frame(String method, String headers) {
        return "MSRP abcd1234 " + method + "\n" + headers + "-------abcd1234$\n";
    }

    private void assertIsStillServed() {
        stranger.send("MSRP next5678 SEND\n" + TO + FROM + CONTENT + "-------next5678$\n");
        assertThat(stranger.awaitMsrp(SOON)).startsWith("MSRP next5678 481");
    }
}
