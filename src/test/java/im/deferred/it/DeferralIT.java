package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.RawClient;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.Sent;
import im.deferred.lab.SipAddress;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** SIP MESSAGE for a user who is not registered: kept whole, once, and only what may be kept. */
@ExtendWith(ArquillianExtension.class)
class DeferralIT {

    private static final int MAX_SIZE = 1024 * 1024;
    private static final int QUOTA = 5;

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S", "message.max-size=1M", "user.quota=" + QUOTA, "user.quota-size=2M");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @Test
    void answers202AndStores() {
        long before = scene.server().waiting();

        assertThat(alice.write(bob.aor()).text("Are you there?").send().status())
                .isEqualTo(202);

        assertThat(scene.server().waiting()).isEqualTo(before + 1);
    }

    @Test
    void storesARetransmissionOnce() {
        long before = scene.server().waiting();
        try (RawClient core = scene.core().raw(Transport.UDP)) {
            SipMessage message = Requests.withVia(core, "UDP", Requests.message(bob.aor(), "once"));

            assertThat(core.send(message.toBytes()).awaitSip(SOON).status()).isEqualTo(202);
            assertThat(scene.server().waiting()).isEqualTo(before + 1);
            assertThat(core.send(message.toBytes()).awaitSip(SOON).status()).isEqualTo(202);
            assertThat(scene.server().waiting()).isEqualTo(before + 1);
        }
    }

    @Test
    void storesACopyOnceAlsoAfterItWasPushed() {
        Sent first = defer(alice.write(bob.aor()).text("once"));
        Supplier<Sent> copy = () -> alice.write(bob.aor())
                .text("once")
                .header("Call-ID", first.request().callId())
                .header("From", first.request().need("From"))
                .send();
        assertThat(copy.get().status()).isEqualTo(202);

        bob.register();
        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly("once");

        scene.deregister(bob);
        assertThat(copy.get().status()).isEqualTo(202);
        defer(alice.write(bob.aor()).text("something new"));
        bob.register();
        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly("once", "something new");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void keepsTheBodyByteForByte(String contentType, byte[] body) {
        Sent sent = alice.write(bob.aor()).body(contentType, body).send();
        assertThat(sent.status()).isEqualTo(202);

        bob.register();

        ReceivedMessage message = bob.awaitMessages(1, SOON).get(0);
        assertThat(message.encapsulated().body()).isEqualTo(body);
        assertThat(message.encapsulated().need("Content-Type").replace("\"", "").replace(" ", ""))
                .isEqualToIgnoringCase(contentType.replace("\"", "").replace(" ", ""));
        assertThat(message.encapsulated().need("Content-Length")).isEqualTo(Integer.toString(body.length));
    }

    static Stream<Arguments> keepsTheBodyByteForByte() {
        byte[] allOctets = new byte[512];
        for (int i = 0; i < allOctets.length; i++) {
            allOctets[i] = (byte) (i * 3);
        }
        byte[] megabyte = new byte[MAX_SIZE];
        new Random(1).nextBytes(megabyte);
        return Stream.of(
                Arguments.of("text/plain;charset=UTF-8", "Grüße, 你好 \uD83D\uDC4B\r\n".getBytes(UTF_8)),
                Arguments.of("text/plain; charset=\"ISO-8859-1\"", "Café".getBytes(ISO_8859_1)),
                Arguments.of("application/octet-stream", allOctets),
                Arguments.of("text/plain", "\r\n\r\n-------abc$\r\n".getBytes(UTF_8)),
                Arguments.of("application/octet-stream;big=\"1 MB\"", megabyte));
    }

    @Test
    void keepsAMessageWithoutABody() {
        assertThat(alice.write(bob.aor()).send().status()).isEqualTo(202);

        bob.register();

        assertThat(bob.awaitMessages(1, SOON).get(0).encapsulated().body()).isEmpty();
    }

    @Test
    void keepsTheHeadersAndTheTimeOfArrival() {
        Sent sent = alice.write(bob.aor())
                .text("hello")
                .header("Subject", "Café, \"quoted\"; and=more")
                .header("Date", "Sat, 13 Nov 2010 23:29:00 GMT")
                .header("Priority", "urgent")
                .header("X-Note", "one;a=b")
                .header("X-Note", "two, three")
                .header("Reply-To", "\"Alice, at home\" <sip:alice@home.example.test;x=y>;z=1")
                .header("In-Reply-To", "70710@example.test")
                .header("Accept-Language", "da, en-gb;q=0.8")
                .send();
        assertThat(sent.status()).isEqualTo(202);

        bob.register();

        ReceivedMessage received = bob.awaitMessages(1, SOON).get(0);
        SipMessage inner = received.encapsulated();
        assertThat(inner.callId()).isEqualTo(sent.request().callId());
        assertThat(inner.need("CSeq")).isEqualTo("1 MESSAGE");
        assertThat(inner.from().means(sent.request().from())).isTrue();
        assertThat(inner.to().means(sent.request().to())).isTrue();
        assertThat(inner.need("P-Asserted-Identity")).isEqualTo("<" + alice.aor() + ">");
        assertThat(inner.need("Subject")).isEqualTo("Café, \"quoted\"; and=more");
        assertThat(inner.need("Date")).isEqualTo("Sat, 13 Nov 2010 23:29:00 GMT");
        assertThat(inner.need("Priority")).isEqualTo("urgent");
        assertThat(String.join(", ", inner.all("X-Note")).replace(" ", "")).isEqualTo("one;a=b,two,three");
        SipAddress replyTo = SipAddress.parse(inner.need("Reply-To"));
        assertThat(replyTo.display()).isEqualTo("Alice, at home");
        assertThat(replyTo.uri()).isEqualTo("sip:alice@home.example.test;x=y");
        assertThat(replyTo.parameters()).containsEntry("z", "1");
        assertThat(inner.need("In-Reply-To")).isEqualTo("70710@example.test");
        assertThat(String.join(", ", inner.all("Accept-Language")).replace(" ", ""))
                .isEqualTo("da,en-gb;q=0.8");
        for (String hopByHop : new String[] {"Via", "Route", "Record-Route", "Max-Forwards", "Contact"}) {
            assertThat(inner.all(hopByHop)).as(hopByHop).isEmpty();
        }
        assertThat(received.date().orElseThrow()).isNotEqualTo("Sat, 13 Nov 2010 23:29:00 GMT");
    }

    @Test
    void hidesTheSenderWhoAskedForPrivacy() {
        defer(alice.write(bob.aor()).text("guess who").header("Privacy", "id"));

        bob.register();

        SipMessage inner = bob.awaitMessages(1, SOON).get(0).encapsulated();
        assertThat(inner.all("P-Asserted-Identity")).isEmpty();
        assertThat(inner.need("Date")).as("added, since the original has none").isNotBlank();
    }

    @Test
    void refusesWhatIsTooLargeWith413() {
        refuses(
                413,
                alice.write(bob.aor())
                        .body("application/octet-stream", new byte[MAX_SIZE + 1])
                        .send());
    }

    @Test
    void refusesUnknownDomainsWith404() {
        scene.core().domain("elsewhere.test");

        refuses(
                404,
                alice.write("sip:bob@elsewhere.test").text("anybody there?").send());
    }

    @Test
    void takesMessagesFromTheCoreOnly() {
        long before = scene.server().waiting();
        try (RawClient stranger =
                new RawClient(Transport.UDP, "127.0.0.2", scene.server().sip())) {
            Requests.send(stranger, "UDP", Requests.message(bob.aor(), "let me in"));
            assertThat(stranger.awaitSip(SOON).status()).isEqualTo(403);
        }
        assertThat(scene.server().waiting()).isEqualTo(before);
    }

    @Test
    void refusesWhatIsOverTheQuotaWith480AndAWarning() {
        defer(alice, bob, QUOTA);

        Sent over = alice.write(bob.aor()).text("one too many").send();
        refuses(480, over);
        assertThat(over.response().need("Warning")).startsWith("399 ").contains("\"");

        bob.register();
        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly(numbered(1, QUOTA));
        scene.deregister(bob);
        defer(alice.write(bob.aor()).text("there is room again"));
    }

    @Test
    void refusesWhatIsOverTheQuotaOfOctetsWith480AndAWarning() {
        for (int i = 0; i < 2; i++) {
            defer(alice.write(bob.aor()).body("application/octet-stream", new byte[MAX_SIZE]));
        }

        long before = scene.server().waiting();
        Sent over = alice.write(bob.aor()).text("x").send();
        refuses(480, over);
        assertThat(over.response().need("Warning")).startsWith("399 ").contains((2 * MAX_SIZE) + " octets");
        assertThat(scene.server().waiting()).isEqualTo(before);
    }

    @Test
    void dropsWhatIsOfTheMomentWith200() {
        refuses(
                200,
                alice.write(bob.aor())
                        .body(
                                "application/im-iscomposing+xml;charset=UTF-8",
                                "<isComposing><state>active</state></isComposing>".getBytes(UTF_8))
                        .send());
    }

    /** That status, and what is pushed to Bob later begins with what is written now. */
    private void refuses(int status, Sent refused) {
        assertThat(refused.status()).isEqualTo(status);
        if (status == 480) {
            return;
        }
        defer(alice.write(bob.aor()).text("first"));
        bob.register();
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("first");
    }
}
