package im.deferred.push;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * What follows a push that left messages behind: FLOW.md, 'When a push fails', as a table.
 *
 * @param first the first wait; each further one is twice as long
 * @param most the longest wait
 * @param random from 0 (inclusive) to 1 (exclusive), for jitter
 */
record RetryPolicy(Duration first, Duration most, DoubleSupplier random) {

    /** What is done next. */
    sealed interface Next {

        /** Push again after a while, if the user is still registered then. */
        record Retry(Duration after) implements Next {}

        /** Leave it until the user registers again, or refreshes the registration. */
        record AwaitRegistration() implements Next {}

        /** It is another node's. */
        record LeaveIt() implements Next {}

        /** The user is not there any more, whatever the registration says. */
        record EndRegistration() implements Next {}
    }

    /** A session that broke without a message confirmed is set up again at once, this many times in a row. */
    private static final int IMMEDIATE_ATTEMPTS = 1;

    /** What a Retry-After may ask for: a core that is down may say 0, and one that says years is not taken at its word. */
    private static final Duration LEAST_ASKED = Duration.ofSeconds(1);

    private static final Duration MOST_ASKED = Duration.ofDays(1);

    /** @param failures how many pushes to this user failed in a row before this one */
    Next after(Ending ending, int failures) {
        if (ending instanceof Ending.Broken broken) {
            boolean again = broken.confirmed() > 0 || failures < IMMEDIATE_ATTEMPTS;
            return new Next.Retry(again ? Duration.ZERO : backOff(failures - IMMEDIATE_ATTEMPTS));
        }
        if (ending instanceof Ending.Unreachable unreachable) {
            return switch (unreachable.status()) {
                case 408, 480, 487 -> later(unreachable, failures);
                case 404, 410 -> new Next.EndRegistration();
                case 600, 603, 604, 606 -> new Next.AwaitRegistration();
                default ->
                    unreachable.status() / 100 == 5 ? later(unreachable, failures) : new Next.AwaitRegistration();
            };
        }
        if (ending instanceof Ending.Elsewhere) {
            return new Next.LeaveIt();
        }
        return new Next.Retry(ending instanceof Ending.Failed ? backOff(failures) : Duration.ZERO);
    }

    /**
     * Retry-After is honoured (RFC 3261 §20.33). The first time it alone decides; when the other side did not keep its word, it
     * makes the wait longer, never shorter.
     */
    private Next later(Ending.Unreachable unreachable, int failures) {
        Duration own = backOff(failures);
        return new Next.Retry(unreachable
                .retryAfter()
                .map(asked -> shorter(MOST_ASKED, longer(failures == 0 ? LEAST_ASKED : own, asked)))
                .orElse(own));
    }

    /** Exponential, with jitter: between half of the wait and all of it, so that users lost together do not come back together. */
    private Duration backOff(int failures) {
        double wait = Math.min(first.toMillis() * Math.pow(2, failures), most.toMillis());
        return Duration.ofMillis(Math.max(1, Math.round(wait * (0.5 + random.getAsDouble() / 2))));
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
