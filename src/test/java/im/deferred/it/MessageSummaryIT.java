package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.SipMessage;
import im.deferred.lab.Subscription;
import im.deferred.lab.Transport;
import im.deferred.lab.User;
import java.time.Instant;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Users subscribe to what waits for them (RFC 3842, RFC 6665). */
@ExtendWith(ArquillianExtension.class)
class MessageSummaryIT {

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

    @Test
    void s3_subscriberIsToldWhatWaitsAtOnce() {
        defer(alice, bob, 2);
        defer(alice.write(bob.aor()).text("now!").header("Priority", "Urgent"));

        Subscription subscription = bob.subscribe(600);

        assertThat(subscription.answer().status()).isEqualTo(200);
        assertThat(subscription.answer().need("Expires")).isEqualTo("600");
        SipMessage notify = subscription.notifies().next(SOON);
        assertThat(notify.need("Event")).isEqualTo("message-summary");
        assertThat(notify.need("Subscription-State")).matches("active;\\s*expires=(600|59[0-9])");
        assertThat(notify.need("Content-Type")).isEqualTo("application/simple-message-summary");
        assertThat(new String(notify.body(), UTF_8))
                .isEqualTo(
                        "Messages-Waiting: yes\r\nMessage-Account: " + bob.aor() + "\r\nText-Message: 3/0 (1/0)\r\n");
        end(subscription);
    }

    @Test
    void s3_subscriberIsToldOfWhatComesAndGoes() {
        Subscription subscription = bob.subscribe(600);
        assertThat(subscription.notifies().next(SOON).body()).asString(UTF_8).startsWith("Messages-Waiting: no\r\n");

        defer(alice, bob, 3);
        long before = subscription.await("3/0 (0/0)", SOON).cseq();
        bob.register();
        bob.awaitMessages(3, SOON);

        subscription
                .notifies()
                .await(
                        notify -> notify.cseq() > before
                                && new String(notify.body(), UTF_8).contains("Text-Message: 0/0 (0/0)"),
                        "that none waits any more",
                        SOON);
        end(subscription);
    }

    @Test
    void subscriberIsToldOfWhatExpires() {
        Subscription subscription = bob.subscribe(600);
        subscription.notifies().next(SOON);

        defer(alice.write(bob.aor()).text("for a moment").header("Expires", "5"));

        subscription.await("1/0 (0/0)", SOON);
        subscription.notifies().await(3, SOON);
        assertThat(subscription.notifies().all().get(2).body()).asString(UTF_8).startsWith("Messages-Waiting: no\r\n");
        end(subscription);
    }

    @Test
    void s3_withoutAWordSubscriptionLastsAnHour() {
        Subscription subscription = bob.subscribe(bob.summary().without("Accept"));

        assertThat(subscription.answer().status()).isEqualTo(200);
        assertThat(subscription.answer().need("Expires")).isEqualTo("3600");
        end(subscription);
    }

    @Test
    void s3_stateIsFetchedWithoutASubscription() {
        defer(alice, bob, 1);

        Subscription fetch = bob.subscribe(0);

        assertThat(fetch.answer().status()).isEqualTo(200);
        SipMessage notify = fetch.notifies().next(SOON);
        assertThat(notify.need("Subscription-State")).isEqualTo("terminated;reason=timeout");
        assertThat(new String(notify.body(), UTF_8)).contains("Text-Message: 1/0 (0/0)");
        defer(alice, bob, 1);
        assertThat(fetch.notifies().size()).isOne();
    }

    @Test
    void s3_everySubscribeIsFollowedByANotify() {
        Subscription subscription = bob.subscribe(bob.summary().with("Event", "message-summary;id=7"));
        assertThat(subscription.notifies().next(SOON).need("Event")).matches("message-summary;\\s*id=7");

        assertThat(subscription.again(1200).need("Expires")).isEqualTo("1200");
        assertThat(subscription.notifies().next(SOON).need("Subscription-State"))
                .matches("active;\\s*expires=1(200|19[0-9])");
        end(subscription);
    }

    @Test
    void endedSubscriptionIsUnknown() {
        Subscription subscription = bob.subscribe(600);
        subscription.notifies().next(SOON);
        end(subscription);

        assertThat(subscription.again(600).status()).isEqualTo(481);
    }

    @ParameterizedTest
    @ValueSource(ints = {481, 408, 404})
    void refusedNotifyEndsTheSubscription(int status) {
        Subscription subscription = bob.subscribe(bob.summary());
        subscription.notifies().next(SOON);

        subscription.refuseNext(status);
        defer(alice, bob, 1);
        subscription.notifies().await(2, SOON);

        // The refusal is on its way still: what overtakes it is answered 200, and does not keep the subscription.
        Instant limit = Instant.now().plus(SOON);
        int again;
        do {
            again = subscription.again(600).status();
        } while (again == 200 && Instant.now().isBefore(limit));
        assertThat(again).isEqualTo(481);
    }

    @Test
    void notifyThatWasPutOffComesAgain() {
        Subscription subscription = bob.subscribe(600);
        subscription.notifies().next(SOON);

        subscription.putOffNext(1);
        defer(alice, bob, 1);

        subscription.notifies().await(3, SOON);
        assertThat(subscription.notifies().all().get(2).body()).asString(UTF_8).contains("Text-Message: 1/0 (0/0)");
        end(subscription);
    }

    @Test
    void tooShortASubscriptionIsRefused() {
        Subscription subscription = bob.subscribe(59);

        assertThat(subscription.answer().status()).isEqualTo(423);
        assertThat(subscription.answer().need("Min-Expires")).isEqualTo("60");
    }

    @ParameterizedTest
    @ValueSource(strings = {"presence", "message-summary.winfo", "Message-Summary"})
    void otherEventsAreRefused(String event) {
        SipMessage answer = bob.request(bob.summary().with("Event", event));

        assertThat(answer.status()).isEqualTo(489);
        assertThat(answer.need("Allow-Events")).isEqualTo("message-summary");
    }

    @Test
    void subscribeWithoutAnEventIsRefused() {
        assertThat(bob.request(bob.summary().without("Event")).status()).isEqualTo(489);
    }

    @ParameterizedTest
    @CsvSource({
        "application/pidf+xml, 406",
        "'application/pidf+xml, application/simple-message-summary;q=0.5', 200",
        "'text/plain, */*', 200"
    })
    void s3_summaryGoesToThoseWhoAcceptIt(String accept, int status) {
        Subscription fetch = bob.subscribe(bob.summary().with("Accept", accept).add("Expires", "0"));

        assertThat(fetch.answer().status()).isEqualTo(status);
        if (status == 200) {
            fetch.notifies().next(SOON);
        }
    }

    @Test
    void usersSubscribeToTheirOwnOnly() {
        SipMessage subscribe = alice.summary();
        SipMessage toBob = subscribe.withUri(bob.aor()).with("To", "<" + bob.aor() + ">");

        assertThat(alice.request(toBob).status()).isEqualTo(403);
    }

    @Test
    void nobodySubscribesForAUserOfWhomTheCoreSaysNothing() {
        SipMessage subscribe = bob.summary().without("Route").with("P-Asserted-Identity", "<" + alice.aor() + ">");

        assertThat(scene.core().request(subscribe, Transport.UDP).status()).isEqualTo(403);
        assertThat(scene.core()
                        .request(bob.summary().without("Route"), Transport.UDP)
                        .status())
                .isEqualTo(403);
    }

    @Test
    void unknownDialogIsAnswered481() {
        SipMessage again = bob.summary().without("Route").with("To", "<" + bob.aor() + ">;tag=gone");
        SipMessage asserted = again.with("P-Asserted-Identity", "<" + bob.aor() + ">");

        assertThat(scene.core().request(asserted, Transport.UDP).status()).isEqualTo(481);
    }

    @Test
    void nothingIsPublishedHere() {
        SipMessage answer = scene.core().request(Requests.publish(bob.aor(), "message-summary"), Transport.UDP);

        assertThat(answer.status()).isEqualTo(489);
        assertThat(answer.need("Allow-Events")).isEqualTo("message-summary");
    }

    /** Ends it, and waits for the last NOTIFY. */
    private static void end(Subscription subscription) {
        assertThat(subscription.again(0).status()).isEqualTo(200);
        subscription
                .notifies()
                .await(notify -> notify.need("Subscription-State").startsWith("terminated"), "that ends it", SOON);
    }
}
