package im.deferred.msrp;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** So much of something a second, and never more at once than half a second's worth. Safe for use by several threads. */
final class Throttle {
    private static final long SECOND = 1_000_000_000;
    private static final long BURST = SECOND / 2;

    private final double nanosEach;
    private final LongSupplier clock;
    /** When all that was taken until now will be paid for. */
    private final AtomicLong paidAt;

    /** @param clock nanoseconds from any origin */
    Throttle(long perSecond, LongSupplier clock) {
        this.nanosEach = (double) SECOND / perSecond;
        this.clock = clock;
        this.paidAt = new AtomicLong(clock.getAsLong());
    }

    /** Takes so much; the nanoseconds to wait before anything more is taken, 0 for none. */
    long take(long amount) {
        long now = clock.getAsLong();
        long cost = (long) (amount * nanosEach);
        long paid = paidAt.updateAndGet(before -> (before - now < 0 ? now : before) + cost);
        return Math.max(0, paid - now - BURST);
    }
}
