package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.RawClient;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Transport;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Offers that no session comes of: each is refused, says so in one line, and leaves nothing behind. */
@ExtendWith(ArquillianExtension.class)
class MalformedSdpIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    @RegisterExtension
    static final LogWatch log = new LogWatch();

    private static final String USER = "sip:absent@example.test";

    /** One that would do. */
    private static final String OFFER = """
            v=0
            o=alice 1 1 IN IP4 127.0.0.1
            s=-
            c=IN IP4 127.0.0.1
            t=0 0
            m=message 7654 TCP/MSRP *
            a=path:msrp://127.0.0.1:7654/abcdefgh01;tcp
            a=accept-types:text/plain
            a=setup:active
            """;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void isRefused(String flaw, String type, String body) {
        long waiting = scene.server().waiting();
        try (RawClient core = scene.core().raw(Transport.TCP)) {
            SipMessage invite = Requests.invite(USER).withBody(type, body.getBytes(ISO_8859_1));
            Requests.send(core, "TCP", invite);
            assertThat(core.awaitFinal(SOON).status()).isIn(400, 415, 488);

            Requests.send(core, "TCP", Requests.message(USER, "still there?"));
            assertThat(core.awaitFinal(SOON).status()).isEqualTo(202);
            assertThat(scene.server().waiting()).isEqualTo(waiting + 1);
            assertThat(log.traces()).isEmpty();
            assertThat(log.lines()).hasSizeLessThanOrEqualTo(2); // one of them says that the MESSAGE is stored
        }
    }

    static Stream<Arguments> isRefused() {
        return Stream.of(
                body("nothing", ""),
                body("blank lines", "\n\n\n"),
                body("binary garbage", "\u0000\u00ff\u0080\u0001\u00fe\r\u0007"),
                body("text", "hello there"),
                body("no v", line("v=0\n", "")),
                body("another version", line("v=0", "v=1")),
                body("v that is no number", line("v=0", "v=zero")),
                body("no m", line("(?s)m=.*", "")),
                body("audio only", line("(?s)m=.*", "m=audio 4000 RTP/AVP 0\n")),
                body("a stream that is switched off", line("7654 TCP", "0 TCP")),
                body("a port below 0", line("7654 TCP", "-1 TCP")),
                body("a port over 65535", line("7654 TCP", "65536 TCP")),
                body("a port over 32 bits", line("7654 TCP", "99999999999 TCP")),
                body("a port that is no number", line("7654 TCP", "many TCP")),
                body("m without a protocol", line(" TCP/MSRP \\*", "")),
                body("m alone", line("m=.*", "m=")),
                body("MSRP over UDP", line("TCP/MSRP", "UDP/MSRP")),
                body("RTP", line("TCP/MSRP", "RTP/AVP")),
                body("no path", line("a=path.*\n", "")),
                body("an empty path", line("a=path.*", "a=path:")),
                body("path without a value", line("a=path.*", "a=path")),
                body("a path that is no MSRP URI", line("msrp://", "http://")),
                body("a path without a transport", line(";tcp", "")),
                body("a path with a bad port", line(":7654/", ":port/")),
                body("a path with a good and a bad URI", line(";tcp", ";tcp nowhere")),
                body("a path with NUL", line("abcdefgh01", "abc\u0000def")),
                body("a path with brackets that are not closed", line("//127.0.0.1", "//[::1")),
                body("msrps on a stream without TLS, in two places", line("msrp://127.0.0.1:7654/", "msrps://[/")),
                body("no accept-types", line("a=accept-types.*\n", "")),
                body("empty accept-types", line("a=accept-types.*", "a=accept-types:")),
                body("setup of an unknown kind", line("a=setup.*", "a=setup:perhaps")),
                body("max-size that is no number", line("a=setup", "a=max-size:large\na=setup")),
                body(
                        "TLS with a fingerprint of garbage",
                        line("(?s)TCP/MSRP(.*)msrp:(.*)", "TCP/TLS/MSRP$1msrps:$2a=fingerprint:SHA-256 zz:zz\n")),
                body("a line without =", line("s=-", "subject")),
                body("a line of 60,000 characters", line("s=-", "s" + "x".repeat(60_000))),
                body("10,000 attributes, and no stream", line("(?s)m=.*", "a=x\n".repeat(10_000))),
                of("another type", "text/html", OFFER),
                of(
                        "a multipart without an end",
                        "multipart/mixed;boundary=x",
                        "--x\nContent-Type: application/sdp\n\n"),
                of(
                        "a multipart without SDP",
                        "multipart/mixed;boundary=x",
                        "--x\nContent-Type: text/plain\n\nhi\n--x--\n"));
    }

    private static Arguments body(String flaw, UnaryOperator<String> edit) {
        return body(flaw, edit.apply(OFFER));
    }

    private static Arguments body(String flaw, String body) {
        return of(flaw, "application/sdp", body);
    }

    private static Arguments of(String flaw, String type, String body) {
        return Arguments.of(flaw, type, body.replace("\n", "\r\n"));
    }

    private static UnaryOperator<String> line(String regex, String replacement) {
        return text -> text.replaceFirst(regex, replacement);
    }
}
