package im.deferred.summary;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.Aor;
import im.deferred.core.ManualTimer;
import im.deferred.core.TestClock;
import im.deferred.message.MessageCounts;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubscriptionTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

    private final TestClock clock = new TestClock();
    private final ManualTimer timer = new ManualTimer();
    private final List<String> sent = new ArrayList<>();
    private final List<Subscription> over = new ArrayList<>();
    private int waiting;
    private Optional<Instant> nextExpiry = Optional.empty();
    private boolean countFails;
    private Exception sendFails;
    private int closed;
    private boolean overWhenSent;

    private final Subscription subscription = new Subscription(
            BOB,
            new EventType("message-summary", Optional.empty()),
            new Notifier() {
                @Override
                public void send(String state, MessageSummary summary) throws IOException {
                    if (sendFails instanceof IOException e) {
                        throw e;
                    } else if (sendFails instanceof RuntimeException e) {
                        throw e;
                    }
                    sent.add(state + " "
                            + (summary == null ? "-" : summary.counts().waiting()));
                    overWhenSent = isOver();
                }

                @Override
                public void close() {
                    closed++;
                }
            },
            user -> {
                if (countFails) {
                    throw new IllegalStateException("the database is away");
                }
                return new MessageCounts(waiting, 0, 0, 0, nextExpiry);
            },
            INTERVAL,
            clock,
            timer,
            Runnable::run,
            over::add);

    private boolean isOver() {
        return subscription.isOver();
    }

    /** The next alarm that is set, which must be for then; it rings then. */
    private void ring(Duration after) throws InterruptedException {
        ManualTimer.Alarm alarm = timer.next();
        assertThat(alarm.after()).isEqualTo(after);
        clock.advance(after);
        alarm.run();
    }

    private ManualTimer.Alarm subscribe(Duration duration) throws InterruptedException {
        subscription.subscribed(duration);
        ManualTimer.Alarm expiry = timer.next();
        assertThat(expiry.after()).isEqualTo(duration);
        return expiry;
    }

    private void subscribeAndAnswer() throws InterruptedException {
        subscribe(TEN_MINUTES);
        subscription.answered(200, Optional.empty());
        clock.advance(INTERVAL);
        sent.clear();
    }

    @Test
    void subscriberIsToldTheStateAtOnce() throws InterruptedException {
        waiting = 2;

        subscribe(TEN_MINUTES);

        assertThat(sent).containsExactly("active;expires=600 2");
    }

    @Test
    void whatChangesBeforeTheSubscribeIsAnsweredIsToldAfterIt() throws InterruptedException {
        waiting = 1;
        nextExpiry = Optional.of(clock.instant().plusSeconds(60));
        subscription.changed();

        nextExpiry = Optional.empty();
        subscribe(TEN_MINUTES); // the first alarm

        assertThat(sent).containsExactly("active;expires=600 1");
    }

    @Test
    void subscriberIsToldOfAChange() throws InterruptedException {
        subscribeAndAnswer();

        waiting = 1;
        subscription.changed();

        assertThat(sent).containsExactly("active;expires=599 1");
    }

    @Test
    void sameNumbersAreNotToldTwice() throws InterruptedException {
        subscribeAndAnswer();

        subscription.changed();

        assertThat(sent).isEmpty();
    }

    /** RFC 3842 §3.11. */
    @Test
    void changesWithinTheIntervalAreToldAfterIt() throws InterruptedException {
        subscribe(TEN_MINUTES);
        subscription.answered(200, Optional.empty());
        clock.advance(Duration.ofMillis(400));

        waiting = 1;
        subscription.changed();
        assertThat(sent).hasSize(1);
        waiting = 2;
        ring(Duration.ofMillis(600));

        assertThat(sent).containsExactly("active;expires=600 0", "active;expires=599 2");
    }

    @Test
    void changesAreToldWhenTheLastNotifyIsAnswered() throws InterruptedException {
        subscribe(TEN_MINUTES);
        clock.advance(INTERVAL);
        waiting = 1;
        subscription.changed();
        waiting = 2;
        subscription.changed();
        assertThat(sent).hasSize(1);

        subscription.answered(200, Optional.empty());

        assertThat(sent).containsExactly("active;expires=600 0", "active;expires=599 2");
    }

    @Test
    void messageThatExpiresIsAChange() throws InterruptedException {
        waiting = 1;
        nextExpiry = Optional.of(clock.instant().plusSeconds(30));
        subscribe(TEN_MINUTES);
        subscription.answered(200, Optional.empty());

        waiting = 0;
        nextExpiry = Optional.empty();
        ring(Duration.ofSeconds(30));

        assertThat(sent).containsExactly("active;expires=600 1", "active;expires=570 0");
    }

    @Test
    void subscriptionEndsWithItsTime() throws InterruptedException {
        ManualTimer.Alarm expiry = subscribe(TEN_MINUTES);
        clock.advance(TEN_MINUTES);
        expiry.run();

        assertThat(sent).containsExactly("active;expires=600 0", "terminated;reason=timeout 0");
        assertOver();
    }

    @Test
    void refreshIsToldAtOnceAndBeginsTheTimeAnew() throws InterruptedException {
        ManualTimer.Alarm first = subscribe(TEN_MINUTES);
        clock.advance(Duration.ofMillis(10));

        subscribe(Duration.ofMinutes(20));

        assertThat(sent).containsExactly("active;expires=600 0", "active;expires=1200 0");
        assertThat(first.isCancelled()).isTrue();
        assertThat(subscription.isOver()).isFalse();
    }

    @Test
    void subscriptionForNoTimeIsToldOnce() {
        waiting = 1;

        subscription.subscribed(Duration.ZERO);

        assertThat(sent).containsExactly("terminated;reason=timeout 1");
        assertOver();
    }

    @Test
    void itIsOverBeforeTheSubscriberHearsOfIt() throws InterruptedException {
        subscribe(TEN_MINUTES);
        assertThat(overWhenSent).isFalse();

        subscription.subscribed(Duration.ZERO);

        assertThat(overWhenSent).isTrue();
    }

    @Test
    void subscriberMayEndIt() throws InterruptedException {
        ManualTimer.Alarm expiry = subscribe(TEN_MINUTES);

        subscription.subscribed(Duration.ZERO);

        assertThat(sent).containsExactly("active;expires=600 0", "terminated;reason=timeout 0");
        assertThat(expiry.isCancelled()).isTrue();
        assertOver();
    }

    /** RFC 6665 §4.2.2. */
    @ParameterizedTest
    @ValueSource(ints = {481, 408, 404, 500, 302})
    void refusedNotifyEndsIt(int status) throws InterruptedException {
        subscribe(TEN_MINUTES);

        subscription.answered(status, Optional.empty());

        assertOver();
    }

    @Test
    void subscriberMayPutNotifyOff() throws InterruptedException {
        waiting = 1;
        subscribe(TEN_MINUTES);

        subscription.answered(503, Optional.of(Duration.ofSeconds(7)));
        assertThat(sent).hasSize(1);
        ring(Duration.ofSeconds(7));

        assertThat(sent).containsExactly("active;expires=600 1", "active;expires=593 1");
        assertThat(subscription.isOver()).isFalse();
    }

    @Test
    void whatCannotBeCountedIsToldLater() throws InterruptedException {
        countFails = true;
        subscribe(TEN_MINUTES);
        assertThat(sent).isEmpty();

        countFails = false;
        ring(Duration.ofSeconds(5));

        assertThat(sent).containsExactly("active;expires=595 0");
    }

    @Test
    void subscriptionEndsThoughNobodyCanCount() throws InterruptedException {
        ManualTimer.Alarm expiry = subscribe(TEN_MINUTES);
        countFails = true;
        clock.advance(TEN_MINUTES);
        expiry.run();

        assertThat(sent).containsExactly("active;expires=600 0", "terminated;reason=timeout -");
        assertOver();
    }

    @Test
    void subscriptionWithoutAWayToNotifyIsOver() throws InterruptedException {
        sendFails = new IOException("no way");
        subscribe(TEN_MINUTES);
        assertOver();
    }

    @Test
    void subscriptionWhoseDialogIsGoneIsOver() throws InterruptedException {
        sendFails = new IllegalStateException("invalid session");
        subscribe(TEN_MINUTES);
        assertOver();
    }

    /** Nothing that comes later has an effect. */
    private void assertOver() {
        assertThat(subscription.isOver()).isTrue();
        assertThat(over).containsExactly(subscription);
        assertThat(closed).isOne();
        int before = sent.size();
        waiting++;
        clock.advance(TEN_MINUTES);
        subscription.changed();
        subscription.answered(481, Optional.empty());
        subscription.subscribed(TEN_MINUTES);
        assertThat(sent).hasSize(before);
        assertThat(over).hasSize(1);
        assertThat(closed).isOne();
    }
}
