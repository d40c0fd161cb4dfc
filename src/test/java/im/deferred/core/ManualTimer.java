package im.deferred.core;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A timer on which nothing runs until the test says so. */
public final class ManualTimer extends ScheduledThreadPoolExecutor {

    /** What was set. */
    public static final class Alarm extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final Duration after;

        private Alarm(Runnable task, Duration after) {
            super(task, null);
            this.after = after;
        }

        public Duration after() {
            return after;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(after);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    private final BlockingQueue<Alarm> alarms = new LinkedBlockingQueue<>();

    public ManualTimer() {
        super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        Alarm alarm = new Alarm(task, Duration.of(delay, unit.toChronoUnit()));
        alarms.add(alarm);
        return alarm;
    }

    /** The next one that is set, within ten seconds. */
    public Alarm next() throws InterruptedException {
        Alarm alarm = alarms.poll(10, TimeUnit.SECONDS);
        if (alarm == null) {
            throw new AssertionError("no timer was set");
        }
        return alarm;
    }

    public boolean isUnset() {
        return alarms.isEmpty();
    }
}
