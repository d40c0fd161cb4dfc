package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.node.Ask;
import im.deferred.node.Node;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node leaves to the others, and asks of them. Nothing here waits for the database. */
final class Handover {

    private static final Logger log = LoggerFactory.getLogger(Handover.class);

    /** How often they are called upon at most, for what comes bit by bit. */
    private static final Duration BETWEEN_CALLS = Duration.ofMinutes(1);

    private final Node node;
    private final ScheduledExecutorService timer;
    private final Executor workers;
    private boolean calledSoon;

    /** @param workers threads that may block on the database */
    Handover(Node node, ScheduledExecutorService timer, Executor workers) {
        this.node = node;
        this.timer = timer;
        this.workers = workers;
    }

    /** All nodes that do not pause look at everybody for whom messages wait. */
    void call() {
        workers.execute(() -> {
            try {
                node.call();
            } catch (RuntimeException e) {
                log.warn("what waits here is left to no other node: {}", e.toString());
            }
        });
    }

    /** The same soon, and once for all that is left until then. */
    synchronized void callSoon() {
        if (!calledSoon) {
            calledSoon = true;
            timer.schedule(this::callNow, BETWEEN_CALLS.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void callNow() {
        synchronized (this) {
            calledSoon = false;
        }
        call();
    }

    /** Whoever else pushes to the user stops. */
    void stop(Aor user) {
        workers.execute(() -> {
            try {
                node.ask(user.uri(), Ask.STOP);
            } catch (RuntimeException e) {
                log.warn("another node may go on pushing to {}: {}", user, e.toString());
            }
        });
    }
}
