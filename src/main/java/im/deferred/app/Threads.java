package im.deferred.app;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of a node. */
final class Threads {

    private static final Logger log = LoggerFactory.getLogger(Threads.class);

    private static final int CLOSE_SECONDS = 2;

    private Threads() {}

    /** So many that may block. */
    static ExecutorService workers(int count) {
        return Executors.newFixedThreadPool(count, named("worker"));
    }

    /** One, on which things happen later; what has been set is forgotten when it closes. */
    static ScheduledThreadPoolExecutor timer(String name) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, named(name));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return timer;
    }

    /** Lets them do what they have begun, for a few seconds. */
    static void close(ExecutorService threads) throws InterruptedException {
        threads.shutdown();
        if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
            log.warn("{} are still busy", threads);
            threads.shutdownNow();
        }
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "deferred-im-" + name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler((failed, e) -> log.error("{} failed", failed.getName(), e));
            return thread;
        };
    }
}
