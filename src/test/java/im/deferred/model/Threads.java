package im.deferred.model;

import im.deferred.core.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The threads of a node, none of them real: of the tasks that are ready any one may be the next, and time moves when nothing else does.
 */
final class Threads {

    private static final class Alarm extends FutureTask<Void> implements ScheduledFuture<Void> {
        private final Instant due;
        private final long number;
        private Throwable failure;

        Alarm(Runnable task, Instant due, long number) {
            super(task, null);
            this.due = due;
            this.number = number;
        }

        @Override
        protected void setException(Throwable thrown) {
            failure = thrown;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Delayed other) {
            throw new UnsupportedOperationException();
        }
    }

    private final class Timer extends ScheduledThreadPoolExecutor {

        Timer() {
            super(0);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            Alarm alarm = new Alarm(task, clock.instant().plus(delay, unit.toChronoUnit()), ++alarmsSet);
            alarms.add(alarm);
            return alarm;
        }
    }

    private final TestClock clock;
    private final List<Runnable> ready = new ArrayList<>();
    private final PriorityQueue<Alarm> alarms =
            new PriorityQueue<>(Comparator.comparing((Alarm alarm) -> alarm.due).thenComparing(alarm -> alarm.number));
    private final ScheduledExecutorService timer = new Timer();
    private final List<Strand> strands = new ArrayList<>();
    private long alarmsSet;

    Threads(TestClock clock) {
        this.clock = clock;
    }

    Executor workers() {
        return ready::add;
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    /** Somebody calls the server, on a thread that may block. */
    void call(Runnable blocking) {
        Strand strand = new Strand(blocking);
        strands.add(strand);
        ready.add(strand::goOn);
    }

    /** Whoever runs this is about to block until that is there; others than callers do not block. */
    void waitFor(CompletionStage<?> stage) {
        Strand strand = Strand.current();
        if (strand != null && !stage.toCompletableFuture().isDone()) {
            stage.whenComplete((done, failure) -> ready.add(strand::goOn));
            strand.pause();
        }
    }

    /** How many callers have no answer. */
    int calls() {
        strands.removeIf(Strand::isOver);
        return strands.size();
    }

    /** The process dies. */
    void abandon() {
        calls();
        strands.forEach(Strand::abandon);
        strands.clear();
    }

    /** One of the tasks that are ready, whichever; false when there is none. */
    boolean runAny(RandomGenerator random) {
        if (ready.isEmpty()) {
            return false;
        }
        int chosen = random.nextInt(ready.size());
        Runnable task = ready.get(chosen);
        ready.set(chosen, ready.get(ready.size() - 1));
        ready.remove(ready.size() - 1);
        task.run();
        return true;
    }

    /** Time moves to the next alarm, which goes off; false when none is set. */
    boolean ring() {
        dropCancelled();
        if (alarms.isEmpty()) {
            return false;
        }
        ringNext();
        return true;
    }

    /** Time passes, and whatever is due on the way goes off. */
    void pass(Duration time) {
        Instant end = clock.instant().plus(time);
        for (dropCancelled(); !alarms.isEmpty() && !alarms.peek().due.isAfter(end); dropCancelled()) {
            ringNext();
        }
        moveTo(end);
    }

    private void ringNext() {
        Alarm alarm = alarms.remove();
        moveTo(alarm.due);
        alarm.run();
        if (alarm.failure != null) {
            throw new AssertionError("a timer's task fails: " + alarm.failure.getMessage(), alarm.failure);
        }
    }

    private void moveTo(Instant then) {
        if (then.isAfter(clock.instant())) {
            clock.advance(Duration.between(clock.instant(), then));
        }
    }

    private void dropCancelled() {
        while (!alarms.isEmpty() && alarms.peek().isCancelled()) {
            alarms.remove();
        }
    }
}
