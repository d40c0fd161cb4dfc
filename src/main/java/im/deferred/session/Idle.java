package im.deferred.session;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Ends a session in which nothing happens any more. */
final class Idle {

    private final ScheduledExecutorService timer;
    private final Duration limit;
    private final MessagingSession session;
    private Future<?> alarm;
    private int underway;
    private boolean over;

    /**
     * @param timer what runs on it is short
     * @param limit how long the session may be quiet; from now on
     */
    Idle(ScheduledExecutorService timer, Duration limit, MessagingSession session) {
        this.timer = timer;
        this.limit = limit;
        this.session = session;
        touch();
        session.ended().thenRun(this::stop);
    }

    /** Something happens: the time begins anew. */
    synchronized void touch() {
        cancel();
        if (!over && underway == 0) {
            alarm = timer.schedule(session::end, limit.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** The session is not quiet until that is done: whoever waits for it must hear of it. */
    synchronized void holdUntil(CompletionStage<?> done) {
        underway++;
        cancel();
        done.whenComplete((value, failure) -> release());
    }

    private synchronized void release() {
        underway--;
        touch();
    }

    private synchronized void stop() {
        over = true;
        cancel();
    }

    private void cancel() {
        if (alarm != null) {
            alarm.cancel(false);
        }
    }
}
