package im.deferred.message;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that commits together what came together: while one batch is being committed the next one gathers, so that under
 * load many changes share the price of one commit, and a lone change waits for nobody.
 *
 * @param <W> the changes
 */
class GroupCommit<W extends GroupCommit.Work> implements AutoCloseable {

    /** A change that waits to be committed. */
    interface Work {

        /** How much memory it takes, roughly; 0 for a change that always finds room. */
        long octets();

        /** How much is written for it, roughly, in octets. */
        long written();

        /** It was not committed. */
        void fail(RuntimeException why);
    }

    private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

    private final Function<List<W>, List<Runnable>> commit;
    private final MessageStore.Limits limits;
    private final Thread thread;

    private final Queue<W> waiting = new ArrayDeque<>();
    private long waitingOctets;
    private boolean closed;

    /**
     * @param commit commits a batch or throws, and returns who is to be told now that it is committed
     */
    GroupCommit(String name, MessageStore.Limits limits, Function<List<W>, List<Runnable>> commit) {
        this.commit = commit;
        this.limits = limits;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    boolean isRunning() {
        return thread.isAlive();
    }

    /** Puts a change into the next batch, or fails it at once. */
    void submit(W work) {
        RuntimeException refused = enqueue(work);
        if (refused != null) {
            work.fail(refused);
        }
    }

    private synchronized RuntimeException enqueue(W work) {
        if (closed) {
            return new IllegalStateException("the message store is closed");
        }
        boolean full = waiting.size() >= limits.queue() || waitingOctets + work.octets() > limits.queueOctets();
        if (full && work.octets() > 0) {
            return new StoreBusyException(waiting.size() + " changes wait to be stored");
        }
        waiting.add(work);
        waitingOctets += work.octets();
        notifyAll();
        return null;
    }

    /** The next batch; waits for something to wait. Empty after the end. */
    private synchronized List<W> next() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        return batch();
    }

    /** What waits, as much as fits a batch. */
    private synchronized List<W> batch() {
        List<W> batch = new ArrayList<>();
        long written = 0;
        while (!waiting.isEmpty() && batch.size() < limits.batch() && written < limits.batchOctets()) {
            W work = waiting.remove();
            batch.add(work);
            written += work.written();
            waitingOctets -= work.octets();
        }
        return batch;
    }

    private void run() {
        List<W> batch = List.of();
        try {
            for (batch = next(); !batch.isEmpty(); batch = next()) {
                write(batch);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            abandon(batch);
        }
    }

    /**
     * Commits what waits, as much as fits a batch: the one thing that the thread does, for who has it do so by hand.
     *
     * @return whether anything waited
     */
    boolean commitNext() {
        List<W> batch = batch();
        if (!batch.isEmpty()) {
            write(batch);
        }
        return !batch.isEmpty();
    }

    /** A batch that fails is taken apart, so that a change that cannot be written fails alone. */
    private void write(List<W> batch) {
        try {
            commit.apply(batch).forEach(Runnable::run);
        } catch (RuntimeException e) {
            log.warn("{} changes were not committed: {}", batch.size(), reason(e));
            if (batch.size() == 1) {
                batch.get(0).fail(e);
            } else {
                batch.forEach(work -> write(List.of(work)));
            }
        }
    }

    /** The first line of what the database said; what follows is the statement. */
    private static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root.toString().lines().findFirst().orElseThrow();
    }

    /** Whoever waits for a writer that is no more is told so. */
    private synchronized void abandon(List<W> batch) {
        closed = true;
        IllegalStateException ended = new IllegalStateException("the message store has stopped");
        batch.forEach(work -> work.fail(ended));
        waiting.forEach(work -> work.fail(ended));
        waiting.clear();
    }

    /** Commits what waits, takes nothing new, and ends the thread. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
