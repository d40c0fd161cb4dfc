package im.deferred.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Things that came, kept in order, which callers may wait for. A wait that ends without them is an
 * {@link AssertionError} that says what was seen.
 *
 * @param <T> what comes
 */
public final class Inbox<T> {

    private static final int SHOWN = 20;

    private final String what;
    private final Supplier<String> context;
    private final List<T> all = new ArrayList<>();
    private int taken;

    /** An empty inbox; {@code what} and {@code context} go into the error of a wait in vain. */
    public Inbox(String what, Supplier<String> context) {
        this.what = what;
        this.context = context;
    }

    /** One came. */
    public synchronized void add(T one) {
        all.add(one);
        notifyAll();
    }

    /** All that came so far, in order. */
    public synchronized List<T> all() {
        return List.copyOf(all);
    }

    /** How many came so far. */
    public synchronized int size() {
        return all.size();
    }

    /** Waits until so many came in all, and returns all that came. */
    public synchronized List<T> await(int count, Duration limit) {
        require(() -> all.size() >= count, count + " " + what, limit);
        return List.copyOf(all);
    }

    /** Waits for the next one that no earlier call of this method has returned. */
    public synchronized T next(Duration limit) {
        require(() -> all.size() > taken, what + " number " + (taken + 1), limit);
        return all.get(taken++);
    }

    /** Waits for one that fits, among those that came before too; empty when none came within the limit. */
    public synchronized Optional<T> find(Predicate<? super T> fits, Duration limit) {
        waitUntil(() -> all.stream().anyMatch(fits), limit);
        return all.stream().filter(fits).findFirst();
    }

    /** Waits for one that fits, among those that came before too. */
    public synchronized T await(Predicate<? super T> fits, String description, Duration limit) {
        require(() -> all.stream().anyMatch(fits), what + " " + description, limit);
        return all.stream().filter(fits).findFirst().orElseThrow();
    }

    private void require(BooleanSupplier reached, String wanted, Duration limit) {
        if (!waitUntil(reached, limit)) {
            List<T> last = all.subList(Math.max(0, all.size() - SHOWN), all.size());
            throw new AssertionError("waited " + limit + " for " + wanted + ", saw " + all.size() + " " + what
                    + (all.size() > SHOWN ? ", at last " : ": ") + last + "\n" + context.get());
        }
    }

    private boolean waitUntil(BooleanSupplier reached, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (!reached.getAsBoolean()) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + what, e);
            }
        }
        return true;
    }
}
