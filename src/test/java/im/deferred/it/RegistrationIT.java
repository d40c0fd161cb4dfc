package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.deferForLater;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.RawClient;
import im.deferred.lab.SipMessage;
import im.deferred.lab.ThirdPartyRegister;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Seed step 1: the core's third-party REGISTER (3GPP TS 24.229 §5.4.1.7). */
@ExtendWith(ArquillianExtension.class)
class RegistrationIT {

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
    @ValueSource(booleans = {true, false})
    void s7_isAnsweredBeforeAnyInvite(boolean withBody) {
        deferForLater(alice, bob, 1);
        scene.core().thirdParty(new ThirdPartyRegister(withBody, 600));

        bob.register();
        bob.awaitMessages(1, SOON);

        SipMessage answer = scene.core()
                .thirdPartyAnswers()
                .await(ok -> isAbout(bob, "REGISTER").test(ok), "for Bob", SOON);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.need("Expires")).isEqualTo("600");
        assertThat(answer.need("P-Charging-Vector")).startsWith("icid-value=");
        assertThat(scene.wire().indexOf("AS", "Core", isAbout(bob, "REGISTER")))
                .isLessThan(scene.wire().indexOf("AS", "Core", isAbout(bob, "INVITE")));
    }

    private static Predicate<SipMessage> isAbout(User user, String method) {
        return message -> message.method().equals(method) && message.need("To").contains(user.aor());
    }

    @Test
    void s7_registersTheWholeImplicitSet() {
        User robert = scene.user("robert");
        String number = "tel:+1555" + Math.abs(robert.aor().hashCode());
        scene.core().associate(bob.aor(), robert.aor(), number);
        defer(alice.write(robert.aor()).text("to the other name"));
        defer(alice.write(number).text("to the number"));

        bob.register();

        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactlyInAnyOrder("to the other name", "to the number");
        scene.deregister(bob);
        defer(alice.write(number).text("and again"));
        bob.register();
        assertThat(texts(bob.awaitMessages(3, SOON))).endsWith("and again");
    }

    @Test
    void forwardsToWhoIsRegisteredAndDefersForWhoIsGone() {
        scene.register(bob);
        assertThat(alice.write(bob.aor()).text("here").send().status()).isEqualTo(200);
        assertThat(bob.awaitPages(1, SOON).get(0).text()).isEqualTo("here");

        scene.register(bob); // a refresh changes nothing
        assertThat(alice.write(bob.aor()).text("still here").send().status()).isEqualTo(200);
        bob.awaitPages(2, SOON);

        scene.deregister(bob);
        defer(alice.write(bob.aor()).text("gone"));
        assertThat(bob.pages().size()).isEqualTo(2);
    }

    @Test
    void endsByTime() {
        scene.core().thirdParty(ThirdPartyRegister.standard().expires(3));
        scene.register(bob);

        long end = System.nanoTime() + SOON.toNanos();
        int status = 200;
        while (status == 200 && System.nanoTime() < end) { // answered by Bob until the registration has run out
            status = alice.write(bob.aor()).text("here?").send().status();
        }

        assertThat(status).isEqualTo(202);
        assertThat(bob.pages().all()).isNotEmpty();
    }

    @Test
    void comesFromTheCoreOnly() {
        try (RawClient stranger =
                new RawClient(Transport.UDP, "127.0.0.2", scene.server().sip())) {
            Requests.send(stranger, "UDP", Requests.register(bob.aor()));
            assertThat(stranger.awaitSip(SOON).status()).isEqualTo(403);
        }
        defer(alice.write(bob.aor()).text("not registered by that"));
    }

    @Test
    void isForADomainThatIsServed() {
        assertThat(scene.core().tellRegistered("sip:bob@elsewhere.test", 60).status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @MethodSource
    void s7_isRefusedWith400WhenMalformed(UnaryOperator<SipMessage> change) {
        SipMessage malformed = change.apply(Requests.register(bob.aor()));

        assertThat(scene.core().request(malformed, Transport.UDP).status()).isEqualTo(400);

        defer(alice.write(bob.aor()).text("not registered by that"));
    }

    static Stream<Named<UnaryOperator<SipMessage>>> s7_isRefusedWith400WhenMalformed() {
        return Stream.of(
                Named.of(
                        "neither Expires nor Contact",
                        register -> register.without("Expires").without("Contact")),
                Named.of("Expires that is no number", register -> register.with("Expires", "soon")),
                Named.of("Expires below zero", register -> register.with("Expires", "-1")),
                Named.of("To without a user", register -> register.with("To", "<sip:example.test>")),
                Named.of("To of another scheme", register -> register.with("To", "<mailto:bob@example.test>")),
                Named.of(
                        "multipart without a boundary",
                        register -> register.withBody("multipart/mixed", "--x\r\n\r\n\r\n--x--\r\n".getBytes(UTF_8))),
                Named.of(
                        "multipart cut short",
                        register -> register.withBody(
                                "multipart/mixed;boundary=x",
                                "--x\r\nContent-Type: message/sip\r\n\r\nREG".getBytes(UTF_8))));
    }

    /** A core may take a refusal as its reason to deregister the user: what is not understood is left out. */
    @ParameterizedTest
    @ValueSource(strings = {"application/3gpp-ims+xml", "message/sip", "text/plain"})
    void isTakenWhateverItsPartsSay(String type) {
        String body = "--x\r\nContent-Type: " + type + "\r\n\r\nneither <XML nor SIP\r\n--x--\r\n";
        SipMessage register = Requests.register(bob.aor()).withBody("multipart/mixed;boundary=x", body.getBytes(UTF_8));

        assertThat(scene.core().request(register, Transport.UDP).status()).isEqualTo(200);

        assertThat(alice.write(bob.aor())
                        .text("there, but without a contact")
                        .send()
                        .status())
                .isEqualTo(202);
        assertThat(scene.core().tellRegistered(bob.aor(), 0).status()).isEqualTo(200);
    }
}
