package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Sent;
import im.deferred.lab.SipMessage;
import im.deferred.lab.User;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIP MESSAGE for a registered user: forwarded, and deferred when the user cannot take it after all. */
@ExtendWith(ArquillianExtension.class)
class ForwardingIT {

    private static final byte[] COMPOSING = "<isComposing><state>active</state></isComposing>".getBytes(UTF_8);
    private static final String IS_COMPOSING = "application/im-iscomposing+xml";

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S", "push.retry-first=PT60S", "message.answer-timeout=PT5S");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
        scene.register(bob);
    }

    @Test
    void bringsHeadersAndBodyAndPassesTheAnswerBack() {
        byte[] octets = new byte[2000]; // too large for UDP
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) i;
        }
        Sent sent = alice.write(bob.aor())
                .body("application/octet-stream;name=\"x y\"", octets)
                .header("Subject", "Café")
                .header("X-Note", "one")
                .header("X-Note", "two")
                .send();

        assertThat(sent.status()).isEqualTo(200);
        SipMessage page = bob.awaitPages(1, SOON).get(0);
        assertThat(page.body()).isEqualTo(octets);
        assertThat(page.need("Content-Type")).isEqualTo("application/octet-stream;name=\"x y\"");
        assertThat(page.need("Subject")).isEqualTo("Café");
        assertThat(page.all("X-Note")).containsExactly("one", "two");
        assertThat(page.from().sipUri().aor()).isEqualTo(alice.aor());
        assertThat(page.from().display()).isEqualTo(alice.name());
        assertThat(page.to().sipUri().aor()).isEqualTo(bob.aor());
        assertThat(page.address("P-Asserted-Identity").uri()).isEqualTo(alice.aor());
    }

    @Test
    void bringsAMessageWithoutABody() {
        assertThat(alice.write(bob.aor()).send().status()).isEqualTo(200);
        assertThat(bob.awaitPages(1, SOON).get(0).body()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 430, 480, 486, 487, 500, 503, 504, 600, 603})
    void isDeferredWhenTheAnswerSaysThatBobCannotTakeItNow(int status) {
        bob.answerPages(status);

        Sent sent = defer(alice.write(bob.aor()).text("for later"));

        assertStored(sent);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 400, 403, 404, 405, 415, 488, 501, 604, 606})
    void passesOtherFailuresBackAndStoresNothing(int status) {
        long before = scene.server().waiting();
        bob.answerPages(status);

        assertThat(alice.write(bob.aor()).text("no").send().status()).isEqualTo(status);

        assertThat(scene.server().waiting()).isEqualTo(before);
    }

    @Test
    void isDeferredWhenNoAnswerComesInTime() {
        bob.answerPages(0);

        Sent sent = defer(alice.write(bob.aor()).text("for later"));

        assertStored(sent);
    }

    /** It is pushed at the next registration, with the Call-ID that Alice gave it. */
    private void assertStored(Sent sent) {
        bob.register();
        SipMessage inner = bob.awaitMessages(1, SOON).get(0).encapsulated();
        assertThat(inner.text()).isEqualTo("for later");
        assertThat(inner.callId()).isEqualTo(sent.request().callId());
        assertThat(inner.from().means(sent.request().from())).isTrue();
    }

    @Test
    void neverDefersWhatIsOfTheMoment() {
        assertThat(alice.write(bob.aor()).body(IS_COMPOSING, COMPOSING).send().status())
                .isEqualTo(200);
        bob.awaitPages(1, SOON);
        long before = scene.server().waiting();
        bob.answerPages(480);

        assertThat(alice.write(bob.aor()).body(IS_COMPOSING, COMPOSING).send().status())
                .isEqualTo(200);

        bob.awaitPages(2, SOON);
        assertThat(scene.server().waiting()).isEqualTo(before);
    }

    @Test
    void defersForADeviceThatIsGoneThoughStillRegistered() {
        User carol = scene.user("carol");
        scene.register(carol);
        scene.lose(carol);

        Sent sent = defer(alice.write(carol.aor()).text("anybody there?"));

        User again = scene.device(carol.aor());
        again.register();
        assertThat(texts(again.awaitMessages(1, SOON))).containsExactly("anybody there?");
        assertThat(again.messages().all().get(0).encapsulated().callId())
                .isEqualTo(sent.request().callId());
    }
}
