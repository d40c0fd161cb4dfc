package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.RawClient;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
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

/**
 * What comes to the SIP port and is no good: what is answered, and that the server goes on as if nothing had happened. Most of it
 * the container answers, before the server sees it.
 */
@ExtendWith(ArquillianExtension.class)
class MalformedSipIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;
    private long waiting;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.2S");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
        waiting = scene.server().waiting();
    }

    /** Nothing of it was stored, and Bob gets what is written now. */
    @AfterEach
    void goesOn() {
        assertThat(scene.server().waiting()).isEqualTo(waiting);
        defer(alice.write(bob.aor()).text("still there?"));
        bob.register();
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("still there?");
        scene.deregister(bob);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answered")
    void isRefusedOverUdp(String flaw, UnaryOperator<String> edit, int status) {
        try (RawClient core = scene.core().raw(Transport.UDP)) {
            core.send(malformed(core, "UDP", edit));
            if (OpenLiberty.isChosen()) {
                assertAnswersOptions(core, "UDP"); // some of it is dropped there
            } else {
                assertThat(core.awaitSip(SOON).status()).isEqualTo(status);
            }
        }
    }

    @Test
    @EmbeddedOnly("Open Liberty does not mind the size of a CSeq")
    void refusesACSeqOver32Bits() {
        try (RawClient core = scene.core().raw(Transport.UDP)) {
            core.send(malformed(core, "UDP", line("CSeq: 1 MESSAGE", "CSeq: 99999999999 MESSAGE")));
            assertThat(core.awaitSip(SOON).status()).isEqualTo(400);
        }
    }

    static Stream<Arguments> answered() {
        return Stream.of(
                flaw("CSeq of another method", line("CSeq: 1 MESSAGE", "CSeq: 1 INVITE"), 400),
                flaw("CSeq without a number", line("CSeq: 1 MESSAGE", "CSeq: one MESSAGE"), 400),
                flaw("Content-Length over the datagram", line("Content-Length: 2", "Content-Length: 100"), 400),
                flaw("Content-Length without a number", line("Content-Length: 2", "Content-Length: much"), 400),
                flaw("To that is no address", line("To: .*", "To: nobody"), 400),
                flaw("From that is not closed", line("From: .*", "From: <sip:alice@example.test;tag=1"), 400),
                flaw("Via that is none", line("Via: .*", "Via: nowhere"), 400),
                flaw("no version", line("^(MESSAGE \\S+) SIP/2.0", "$1"), 400),
                flaw("no Request-URI", line("^MESSAGE \\S+ SIP", "MESSAGE  SIP"), 400),
                flaw("a Request-URI without a host", line("^MESSAGE \\S+ SIP", "MESSAGE sip:@ SIP"), 400),
                flaw("a Request-URI with a space", line("^MESSAGE sip:b", "MESSAGE sip: b"), 400),
                flaw("an escape that is none", line("^MESSAGE sip:b", "MESSAGE sip:%zz"), 400),
                flaw("a Request-URI without a user", line("^MESSAGE \\S+ SIP", "MESSAGE sip:example.test SIP"), 404),
                flaw(
                        "a Request-URI of no user",
                        line("^MESSAGE \\S+ SIP", "MESSAGE mailto:bob@example.test SIP"),
                        416));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unanswered")
    void isDroppedOverUdp(String flaw, UnaryOperator<String> edit) {
        try (RawClient core = scene.core().raw(Transport.UDP)) {
            core.send(malformed(core, "UDP", edit));
            assertAnswersOptions(core, "UDP");
        }
    }

    static Stream<Arguments> unanswered() {
        return Stream.of(
                flaw("no Call-ID", without("Call-ID"), 0),
                flaw("no CSeq", without("CSeq"), 0),
                flaw("no From", without("From"), 0),
                flaw("no To", without("To"), 0),
                flaw("no Via", without("Via"), 0),
                flaw("a response to nothing", line("^MESSAGE .*", "SIP/2.0 200 OK"), 0),
                flaw("garbage", text -> "\u0000\u0001 no SIP at all\r\n\r\n", 0),
                flaw("text", text -> "hello there", 0),
                flaw("keep-alive", text -> "\r\n\r\n", 0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cut")
    void endsTheConnectionOverTcp(String flaw, UnaryOperator<String> edit) {
        try (RawClient core = scene.core().raw(Transport.TCP)) {
            core.send(malformed(core, "TCP", edit));
            core.awaitClosed(SOON);
        }
    }

    static Stream<Arguments> cut() {
        return Stream.of(
                flaw("Content-Length without a number", line("Content-Length: 2", "Content-Length: much"), 0),
                flaw("Content-Length below 0", line("Content-Length: 2", "Content-Length: -1"), 0),
                flaw("Via that is none", line("Via: .*", "Via: nowhere"), 0),
                flaw("no Request-URI", line("^MESSAGE \\S+ SIP", "MESSAGE  SIP"), 0),
                flaw("garbage", text -> "\u0000\u0001 no SIP at all\r\n\r\n", 0));
    }

    @Test
    void waitsForTheRestOfAMessageOverTcp() {
        try (RawClient core = scene.core().raw(Transport.TCP)) {
            byte[] message = Requests.withVia(core, "TCP", Requests.message(bob.aor(), "in two"))
                    .toBytes();
            int middle = message.length - 3;
            core.send(Arrays.copyOf(message, middle));
            assertThat(scene.server().waiting()).isEqualTo(waiting);
            core.send(Arrays.copyOfRange(message, middle, message.length));
            assertThat(core.awaitSip(SOON).status()).isEqualTo(202);
        }
        assertThat(scene.server().waiting()).isEqualTo(waiting + 1);
        bob.register();
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("in two");
        bob.awaitBye(SOON);
        scene.deregister(bob);
        bob = scene.user("bob");
    }

    /**
     * A message whose connection breaks is not always discarded by the container (RFC 3261 §18.3): this one's connector fills it up
     * and hands it on. The whole one that the core sends next is no copy of it and arrives.
     */
    @Test
    void takesTheWholeMessageAfterHalfOfIt() {
        SipMessage whole = Requests.message(bob.aor(), "0123456789");
        try (RawClient core = scene.core().raw(Transport.TCP)) {
            byte[] octets = Requests.withVia(core, "TCP", whole).toBytes();
            core.send(Arrays.copyOf(octets, octets.length - 5));
        }
        if (!OpenLiberty.isChosen()) {
            scene.awaitFigure("deferred_im_messages_waiting", waiting + 1);
        }
        try (RawClient core = scene.core().raw(Transport.TCP)) {
            Requests.send(core, "TCP", whole);
            assertThat(core.awaitSip(SOON).status()).isEqualTo(202);
        }
        bob.register();
        assertThat(bob.messages().find(message -> texts(List.of(message)).contains("0123456789"), SOON))
                .isPresent();
        bob.awaitBye(SOON);
        scene.deregister(bob);
        bob = scene.user("bob");
    }

    /** What no application takes goes on along its Route, as the core means it. */
    @Test
    void sendsOnWhatItDoesNotTake() {
        scene.register(bob);
        SipMessage message = Requests.message(bob.aor(), "?")
                .with("CSeq", "1 FROBNICATE")
                .push("Route", "<sip:isc@" + scene.core().uri().substring("sip:".length()) + ";lr>");
        SipMessage unknown = new SipMessage("FROBNICATE " + bob.aor() + " SIP/2.0", message.headers(), message.body());

        assertThat(scene.core().request(unknown, Transport.UDP).status()).isEqualTo(405); // Bob's own answer
        scene.deregister(bob);
    }

    @Test
    void answersOptions() {
        try (RawClient core = scene.core().raw(Transport.UDP)) {
            assertAnswersOptions(core, "UDP");
        }
    }

    private void assertAnswersOptions(RawClient core, String transport) {
        SipMessage options = Requests.message(bob.aor(), "").with("CSeq", "7 OPTIONS");
        Requests.send(
                core,
                transport,
                new SipMessage("OPTIONS sip:im-server@example.test SIP/2.0", options.headers(), options.body()));
        SipMessage answer = core.awaitSip(SOON);
        while (OpenLiberty.isChosen() && answer.status() >= 400) {
            answer = core.awaitSip(SOON); // to what the embedded container drops
        }
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.need("CSeq")).isEqualTo("7 OPTIONS");
        assertThat(answer.need("Allow")).contains("MESSAGE");
    }

    private byte[] malformed(RawClient core, String transport, UnaryOperator<String> edit) {
        SipMessage message = Requests.withVia(core, transport, Requests.message(bob.aor(), "hi"));
        return edit.apply(new String(message.toBytes(), UTF_8)).getBytes(UTF_8);
    }

    private static Arguments flaw(String name, UnaryOperator<String> edit, int status) {
        return Arguments.of(name, edit, status);
    }

    private static UnaryOperator<String> line(String regex, String replacement) {
        return text -> text.replaceFirst("(?m)" + regex, replacement);
    }

    private static UnaryOperator<String> without(String header) {
        return text -> text.replaceFirst("(?m)^" + header + ": .*\r\n", "");
    }
}
