package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Inbox;
import im.deferred.lab.RawClient;
import im.deferred.lab.RegNotifier;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import java.util.List;
import java.util.function.Predicate;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S2: the core's registration event (RFC 3680) tells what a third-party REGISTER does not. */
@ExtendWith(ArquillianExtension.class)
class RegEventIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    private User alice;
    private User bob;
    private RegNotifier event;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.3S", "push.retry-first=PT60S", "core.reg-event=true");
    }

    @BeforeEach
    void users() {
        event = scene.core().regEvent().offer();
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void s2_isSubscribedToOnceInTheServersName(boolean notifyBeforeThe200) {
        event.notifyFirst(notifyBeforeThe200);
        try {
            registerAndSubscribe();
        } finally {
            event.notifyFirst(false);
        }

        SipMessage subscribe = subscribes(bob).get(0);
        assertThat(subscribe.requestUri()).isEqualTo(bob.aor());
        assertThat(subscribe.from().sipUri().aor()).isEqualTo("sip:im-server@example.test");
        assertThat(subscribe.address("P-Asserted-Identity").uri()).isEqualTo("sip:im-server@example.test");
        assertThat(subscribe.need("Event")).isEqualTo("reg");
        assertThat(subscribe.need("Accept")).isEqualTo("application/reginfo+xml");
        assertThat(subscribe.need("Expires")).isEqualTo("600000");

        notified(() -> scene.register(bob)); // a refresh

        assertThat(subscribes(bob)).hasSize(1);
    }

    @Test
    void s2_expiryAtTheCoreEndsTheRegistration() {
        registerAndSubscribe();
        assertThat(alice.write(bob.aor()).text("here").send().status()).isEqualTo(200);

        assertThat(notified(() -> event.expire(bob.aor()))).isEqualTo(200);

        defer(alice.write(bob.aor()).text("gone"));
        assertThat(scene.wire().requestsFromServer("MESSAGE", bob.aor())).hasSize(1);
        String followed = subscribes(bob).get(0).callId();
        awaitSubscribe(
                bob,
                subscribe -> subscribe.callId().equals(followed)
                        && subscribe.need("Expires").equals("0"));

        scene.register(bob);
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("gone");
        awaitSubscribe(bob, subscribe -> !subscribe.callId().equals(followed));
    }

    @Test
    void s2_oneDeviceOfTwoThatGoesLeavesTheUserRegistered() {
        User tablet = scene.device(bob.aor());
        registerAndSubscribe();
        notified(() -> scene.register(tablet));

        notified(() -> scene.deregister(tablet));

        assertThat(alice.write(bob.aor()).text("still here").send().status()).isEqualTo(200);
        bob.awaitPages(1, SOON);
        assertThat(subscribes(bob)).hasSize(1);
    }

    @Test
    void s2_versionsThatAreMissingAreAskedForInTheSameDialog() {
        registerAndSubscribe();
        event.skipVersions(2);

        notified(() -> scene.register(bob));

        SipMessage again =
                awaitSubscribe(bob, subscribe -> !subscribe.to().tag().isEmpty());
        assertThat(again.callId()).isEqualTo(subscribes(bob).get(0).callId());
        assertThat(again.need("Expires")).isEqualTo("600000");
    }

    @Test
    void s2_malformedDocumentIs400AndChangesNothing() {
        registerAndSubscribe();

        assertThat(notified(() -> event.notify(bob.aor(), "<reginfo"))).isEqualTo(400);
        assertThat(notified(
                        () -> event.notify(bob.aor(), "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>&a;")))
                .isEqualTo(400);

        assertThat(alice.write(bob.aor()).text("here").send().status()).isEqualTo(200);
        notified(() -> scene.register(bob));
        awaitSubscribe(bob, subscribe -> !subscribe.to().tag().isEmpty()); // what it did not understand is missing
    }

    @Test
    void isBelievedFromTheCoreOnly() {
        registerAndSubscribe();
        SipMessage forged = event.nextNotify(bob.aor());
        String silent = forged.text().replace("state=\"active\"", "state=\"terminated\"");

        try (RawClient stranger =
                new RawClient(Transport.UDP, "127.0.0.2", scene.server().sip())) {
            Requests.send(stranger, "UDP", forged.withBody("application/reginfo+xml", silent.getBytes(UTF_8)));
            assertThat(stranger.awaitSip(SOON).status()).isEqualTo(403);
        }

        assertThat(alice.write(bob.aor()).text("here").send().status()).isEqualTo(200);
    }

    @Test
    void notifyOutsideOfADialogIsOfNobody() {
        registerAndSubscribe();
        SipMessage notify = event.nextNotify(bob.aor());
        // A container may know its dialogs by the tag alone, which it made.
        SipMessage forged = notify.with("Call-ID", Requests.token())
                .with("To", "<" + notify.to().uri() + ">;tag=" + Requests.token());

        assertThat(scene.core().request(forged, Transport.UDP).status()).isGreaterThanOrEqualTo(400);

        assertThat(alice.write(bob.aor()).text("here").send().status()).isEqualTo(200);
    }

    /** Registers, and waits until the first NOTIFY is answered. */
    private void registerAndSubscribe() {
        assertThat(notified(() -> scene.register(bob))).isEqualTo(200);
    }

    /** What the next NOTIFY about Bob is answered, which this brings about. */
    private int notified(Runnable cause) {
        Inbox<SipMessage> answers = event.answers(bob.aor());
        int before = answers.size();
        cause.run();
        return answers.await(before + 1, SOON).get(before).status();
    }

    private List<SipMessage> subscribes(User user) {
        return event.subscribes().all().stream()
                .filter(subscribe -> subscribe.to().sipUri().aor().equals(user.aor()))
                .toList();
    }

    private SipMessage awaitSubscribe(User user, Predicate<SipMessage> fits) {
        return event.subscribes()
                .await(
                        subscribe -> subscribe.to().sipUri().aor().equals(user.aor()) && fits.test(subscribe),
                        "for " + user.name(),
                        SOON);
    }
}
