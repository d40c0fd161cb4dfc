package im.deferred.message;

import im.deferred.core.TestClock;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/** A store without a thread: it commits when the test says so, and fails or dies when the test says so. */
public final class SteppedStore {

    /** What befalls a commit. */
    public enum Fault {
        NONE,
        /** Nothing is written. */
        BEFORE,
        /** All is written, and looks as if nothing were. */
        AFTER,
        /** All is written, and nobody is told: the process dies. */
        DEATH
    }

    /** The process dies. */
    public static final class Death extends Error {
        private static final long serialVersionUID = 1L;

        private Death() {
            super("the process dies", null, false, false);
        }
    }

    private static final class Commits extends GroupCommit<MessageWriter.Work> {

        private boolean atOnce;
        private Consumer<CompletionStage<?>> whenTaken = outcome -> {};

        Commits(MessageStore.Limits limits, Function<List<MessageWriter.Work>, List<Runnable>> commit) {
            super("no thread", limits, commit);
        }

        @Override
        void start() {}

        @Override
        void submit(MessageWriter.Work work) {
            super.submit(work);
            if (atOnce) {
                commitNext();
            } else if (work instanceof MessageWriter.Store) {
                whenTaken.accept(work.done());
            }
        }
    }

    private final Commits commits;
    private final MessageStore store;
    private Fault fault = Fault.NONE;
    private int faults;

    public SteppedStore(EntityManagerFactory entities, TestClock clock, MessageStore.Limits limits) {
        MessageWriter writer = new MessageWriter(entities, clock, limits);
        this.commits = new Commits(limits, batch -> write(writer, batch));
        this.store = new MessageStore(entities, clock, limits, commits);
    }

    public MessageStore store() {
        return store;
    }

    /** Commits the next batch; false when nothing waits. */
    public boolean commit() {
        return commits.commitNext();
    }

    /** Tries to commit the next batch, which goes wrong that many times (the changes are then tried one by one). */
    public boolean commit(Fault with, int times) {
        fault = with;
        faults = times;
        try {
            return commits.commitNext();
        } finally {
            fault = Fault.NONE;
        }
    }

    /** Is given the outcome of whatever is to be stored, by the thread that brings it: a caller may have to wait for it. */
    public void whenTaken(Consumer<CompletionStage<?>> each) {
        commits.whenTaken = each;
    }

    /** Does something that waits for its own commit; nothing else may wait for one. */
    public void committingAtOnce(Runnable work) {
        commits.atOnce = true;
        try {
            work.run();
        } finally {
            commits.atOnce = false;
        }
    }

    private List<Runnable> write(MessageWriter writer, List<MessageWriter.Work> batch) {
        Fault now = faults-- > 0 ? fault : Fault.NONE;
        if (now == Fault.BEFORE) {
            throw new PersistenceException("the disk is full");
        }
        List<Runnable> told = writer.write(batch);
        return switch (now) {
            case AFTER -> throw new PersistenceException("the connection is lost");
            case DEATH -> throw new Death();
            default -> told;
        };
    }
}
