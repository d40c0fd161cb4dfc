package im.deferred.summary;

import java.time.Duration;

/**
 * How much subscribers may ask for.
 *
 * @param subscriptions live on this node at a time
 * @param subscriptionsOfOne live ones to one user's messages
 * @param shortest a subscription that may be asked for, at most an hour (RFC 6665 §4.2.1.1)
 * @param usual is granted where nothing is asked for
 * @param longest is granted at most
 * @param interval between the NOTIFYs of one subscription that tell of changes, at least
 */
public record SummaryLimits(
        int subscriptions,
        int subscriptionsOfOne,
        Duration shortest,
        Duration usual,
        Duration longest,
        Duration interval) {

    /** 100,000 in all, 20 for a user; a minute, an hour (RFC 3842 §3.4), a day; one NOTIFY a second (RFC 3842 §3.11). */
    public static final SummaryLimits DEFAULTS = new SummaryLimits(
            100_000, 20, Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofDays(1), Duration.ofSeconds(1));

    /** @throws IllegalArgumentException if one is out of its bounds */
    public SummaryLimits {
        if (subscriptions < 1 || subscriptionsOfOne < 1) {
            throw new IllegalArgumentException("at least one subscription is taken");
        }
        if (shortest.isNegative()
                || shortest.compareTo(Duration.ofHours(1)) > 0
                || usual.compareTo(shortest) < 0
                || longest.compareTo(usual) < 0
                || interval.isNegative()) {
            throw new IllegalArgumentException("durations of subscriptions rise from the shortest to the longest");
        }
    }
}
