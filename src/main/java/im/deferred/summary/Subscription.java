package im.deferred.summary;

import im.deferred.core.Aor;
import im.deferred.message.MessageCounts;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscription to the summary of a user's messages (RFC 6665 §4.2).
 *
 * <p>Each SUBSCRIBE is followed by a NOTIFY at once. What changes after that is told when the last NOTIFY was answered and the
 * interval between two has passed, and only if the numbers are others than those told last. All of it runs on the workers, one
 * step after another.
 */
final class Subscription {

    private enum State {
        ACTIVE,
        TERMINATED
    }

    private static final Logger log = LoggerFactory.getLogger(Subscription.class);

    /** When to count again after the database failed. */
    private static final Duration RECOUNT = Duration.ofSeconds(5);

    private final Aor user;
    private final EventType event;
    private final Notifier notifier;
    private final Function<Aor, MessageCounts> counter;
    private final Duration interval;
    private final Clock clock;
    private final ScheduledExecutorService timer;
    private final Executor workers;
    private final Consumer<Subscription> whenOver;
    private CompletableFuture<Void> lastStep = CompletableFuture.completedFuture(null);

    private volatile State state = State.ACTIVE;
    private Instant expiresAt;
    /** A NOTIFY must follow whatever it says: a SUBSCRIBE came. */
    private boolean owed;
    /** Something may have changed while a NOTIFY was unanswered. */
    private boolean due;

    private int unanswered;
    /** The next NOTIFY of a change. */
    private Instant notBefore = Instant.EPOCH;

    /** As it was told last; null if the subscriber may not know it. */
    private String told;

    private Future<?> expiry;
    private Future<?> nextLook;

    /**
     * @param counter counts a user's messages; it may block, and fail with any {@link RuntimeException}
     * @param interval between NOTIFYs of changes, at least
     * @param timer what runs on it is short
     * @param workers threads that may block on the counter
     * @param whenOver is told once
     */
    Subscription(
            Aor user,
            EventType event,
            Notifier notifier,
            Function<Aor, MessageCounts> counter,
            Duration interval,
            Clock clock,
            ScheduledExecutorService timer,
            Executor workers,
            Consumer<Subscription> whenOver) {
        this.user = user;
        this.event = event;
        this.notifier = notifier;
        this.counter = counter;
        this.interval = interval;
        this.clock = clock;
        this.timer = timer;
        this.workers = workers;
        this.whenOver = whenOver;
    }

    EventType event() {
        return event;
    }

    boolean isOver() {
        return state == State.TERMINATED;
    }

    /** A SUBSCRIBE was answered 200: from now on it lasts that long, and ends at once if that is nothing. */
    void subscribed(Duration duration) {
        step(() -> {
            expiresAt = clock.instant().plus(duration);
            cancel(expiry);
            if (duration.isZero()) {
                timedOut();
            } else {
                expiry = after(duration, this::timedOut);
                owed = true;
                look();
            }
        });
    }

    /** The user's messages may be others than before. */
    void changed() {
        step(this::look);
    }

    /**
     * A NOTIFY got its final response; one that failed ends the subscription, unless the subscriber says when to try again (RFC 6665
     * §4.2.2).
     */
    void answered(int status, Optional<Duration> retryAfter) {
        step(() -> {
            unanswered--;
            if (status < 300) {
                if (due) {
                    look();
                }
            } else if (retryAfter.isPresent()) {
                told = null;
                notBefore = clock.instant().plus(retryAfter.get());
                look();
            } else {
                log.info("subscription to the messages of {}: NOTIFY answered {}", user, status);
                over();
            }
        });
    }

    private void look() {
        if (expiresAt == null) {
            return; // the NOTIFY that follows the SUBSCRIBE tells it
        }
        if (owed) {
            tell();
        } else if (unanswered > 0) {
            due = true;
        } else if (clock.instant().isBefore(notBefore)) {
            lookAt(notBefore);
        } else {
            tell();
        }
    }

    private void tell() {
        due = false;
        MessageSummary summary;
        try {
            summary = summary();
        } catch (RuntimeException e) {
            log.error("cannot count the messages of {}", user, e);
            lookAt(clock.instant().plus(RECOUNT));
            return;
        }
        summary.counts().nextExpiry().ifPresent(this::lookAt);
        if (owed || !summary.toString().equals(told)) {
            Duration left = Duration.between(clock.instant(), expiresAt);
            send("active;expires=" + Math.max(0, left.toSeconds()), summary);
        }
    }

    private void timedOut() {
        MessageSummary summary = null;
        try {
            summary = summary();
        } catch (RuntimeException e) {
            log.error("cannot count the messages of {}", user, e);
        }
        // Before the subscriber hears of it: what it asks then is asked in vain.
        state = State.TERMINATED;
        send("terminated;reason=timeout", summary);
        leave();
    }

    private MessageSummary summary() {
        return new MessageSummary(user, counter.apply(user));
    }

    private void send(String subscriptionState, MessageSummary summary) {
        try {
            notifier.send(subscriptionState, summary);
        } catch (IOException | IllegalStateException | IllegalArgumentException e) {
            // Containers fail in each of these ways.
            log.warn("subscription to the messages of {}: no NOTIFY could be sent: {}", user, e.toString());
            over();
            return;
        }
        owed = false;
        unanswered++;
        notBefore = clock.instant().plus(interval);
        told = String.valueOf(summary);
    }

    private void over() {
        if (state == State.ACTIVE) {
            state = State.TERMINATED;
            leave();
        }
    }

    private void leave() {
        cancel(expiry);
        cancel(nextLook);
        notifier.close();
        whenOver.accept(this);
    }

    private void lookAt(Instant moment) {
        cancel(nextLook);
        nextLook = after(Duration.between(clock.instant(), moment), this::look);
    }

    private Future<?> after(Duration wait, Runnable step) {
        // Rounded up: in the part of a millisecond that would be cut off there is nothing to do yet.
        return timer.schedule(() -> step(step), wait.plusNanos(999_999).toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void cancel(Future<?> alarm) {
        if (alarm != null) {
            alarm.cancel(false);
        }
    }

    /** Whatever comes after the end has no effect. */
    private synchronized void step(Runnable step) {
        lastStep = lastStep.thenRunAsync(
                        () -> {
                            if (state == State.ACTIVE) {
                                step.run();
                            }
                        },
                        workers)
                .exceptionally(failure -> {
                    log.error("subscription to the messages of {}", user, failure);
                    return null;
                });
    }
}
