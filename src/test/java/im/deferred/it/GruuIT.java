package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.SipAddress;
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

/** Messages to one device of a user (RFC 5627). */
@ExtendWith(ArquillianExtension.class)
class GruuIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;
    private User tablet;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S", "push.retry-first=PT60S");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob").supportsGruu();
        tablet = scene.device(bob.aor());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pub-gruu", "temp-gruu"})
    void goesOnToTheDevice(String kind) {
        scene.register(tablet);
        String gruu = gruu(kind);

        assertThat(alice.write(gruu).text("to the phone").send().status()).isEqualTo(200);

        SipMessage page = bob.awaitPages(1, SOON).get(0);
        assertThat(page.text()).isEqualTo("to the phone");
        assertThat(page.to().uri()).isEqualTo(gruu);
        assertThat(tablet.pages().all()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pub-gruu", "temp-gruu"})
    void isTheUsersWhenTheDeviceCannotTakeIt(String kind) {
        String gruu = gruu(kind);
        bob.answerPages(480);
        defer(alice.write(gruu).text("for later"));

        scene.register(bob);

        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("for later");
    }

    @Test
    void temporaryOneOfNobodyIs404() {
        assertThat(alice.write("sip:tgruu.nobody@example.test;gr")
                        .text("to whom?")
                        .send()
                        .status())
                .isEqualTo(404);
    }

    /** Registers, and takes the GRUU out of the core's answer. */
    private String gruu(String kind) {
        SipMessage ok = bob.register();
        scene.core().awaitThirdPartyAnswers(SOON);
        return ok.all("Contact").stream()
                .map(contact -> SipAddress.parse(contact).parameters().get(kind))
                .filter(gruu -> gruu != null)
                .findFirst()
                .orElseThrow();
    }
}
