package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.InviteAnswer;
import im.deferred.lab.RawClient;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import java.util.List;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is told who wrote (RFC 3323, RFC 3325; rule S5). */
@ExtendWith(ArquillianExtension.class)
class PrivacyIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @ParameterizedTest
    @ValueSource(strings = {"message/sip", "message/sipfrag", "message/cpim"})
    void s5_privacyHidesTheAssertedIdentityFromTheClient(String form) {
        defer(alice.write(bob.aor())
                .text("guess who")
                .header("From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=a1")
                .header("Privacy", "id"));
        // The core asserts whom From names; a true one asserts the user.
        SipMessage asserted = Requests.message(bob.aor(), "guess who")
                .with("From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=a2")
                .add("P-Asserted-Identity", "<" + alice.aor() + ">, <tel:+4930>")
                .add("Privacy", "id");
        assertThat(scene.core().request(asserted, Transport.UDP).status()).isEqualTo(202);

        bob.answerWith(InviteAnswer.accept().acceptTypes(form)).register();

        String text = new String(bob.awaitMessages(2, SOON).get(1).body(), UTF_8);
        assertThat(text)
                .contains("anonymous@anonymous.invalid")
                .endsWith("guess who")
                .doesNotContain(alice.aor())
                .doesNotContain("+4930");
    }

    @Test
    void s5_allAssertedIdentitiesAreShownToWhoMaySeeThem() {
        SipMessage asserted = Requests.message(bob.aor(), "it is me")
                .add("P-Asserted-Identity", "\"Alice\" <" + alice.aor() + ">, <tel:+4930>");
        assertThat(scene.core().request(asserted, Transport.UDP).status()).isEqualTo(202);

        bob.register();

        SipMessage inner = bob.awaitMessages(1, SOON).get(0).encapsulated();
        assertThat(inner.all("P-Asserted-Identity")).containsExactly("\"Alice\" <" + alice.aor() + ">", "<tel:+4930>");
    }

    @Test
    void s5_aForwardedMessageKeepsAssertedIdentityAndPrivacyForTheCore() {
        scene.register(bob);

        assertThat(alice.write(bob.aor())
                        .text("hello")
                        .header("Privacy", "id")
                        .send()
                        .status())
                .isEqualTo(200);

        SipMessage page = bob.awaitPages(1, SOON).get(0);
        assertThat(page.need("Privacy")).isEqualTo("id");
        assertThat(page.address("P-Asserted-Identity").uri()).isEqualTo(alice.aor());
    }

    @Test
    void s5_aPreferredIdentityIsForTheFirstHopOnly() {
        scene.register(bob);
        assertThat(alice.write(bob.aor())
                        .text("hello")
                        .header("P-Preferred-Identity", "<sip:boss@example.test>")
                        .send()
                        .status())
                .isEqualTo(200);
        assertThat(bob.awaitPages(1, SOON).get(0).all("P-Preferred-Identity")).isEmpty();
        scene.deregister(bob);

        defer(alice.write(bob.aor()).text("hello").header("P-Preferred-Identity", "<sip:boss@example.test>"));
        bob.register();

        assertThat(bob.awaitMessages(1, SOON).get(0).encapsulated().all("P-Preferred-Identity"))
                .isEmpty();
    }

    @Test
    void s5_anAssertedIdentityIsBelievedOfTheCoreOnly() {
        long before = scene.server().waiting();
        SipMessage asserted =
                Requests.message(bob.aor(), "it is the boss").add("P-Asserted-Identity", "<sip:boss@example.test>");
        try (RawClient stranger =
                new RawClient(Transport.UDP, "127.0.0.2", scene.server().sip())) {
            Requests.send(stranger, "UDP", asserted);
            SipMessage answer = stranger.awaitSip(SOON);
            assertThat(answer.status()).isEqualTo(403);
            assertThat(List.of(answer.need("Warning"))).allMatch(warning -> warning.startsWith("399 "));
        }
        assertThat(scene.server().waiting()).isEqualTo(before);
    }
}
