package im.deferred.session;

import im.deferred.message.MessageTooLargeException;
import im.deferred.message.Spool;
import im.deferred.message.Spools;
import im.deferred.message.StoreBusyException;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.IncomingMessage;
import im.deferred.msrp.IncomingSink;
import im.deferred.msrp.MsrpRefusal;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what one end of a session sends: each message is gathered until it is whole, then handed on; its sender's last 200 follows
 * what becomes of it there. When too many whole messages wait for that, nothing more is read of further ones; where that cannot be, some
 * more are taken, and then none.
 */
final class Intake implements IncomingHandler {

    /** Where the messages go. */
    interface Taker {

        /**
         * Looks at a message before anything of it is taken. On an MSRP event loop: does not block.
         *
         * @throws MsrpRefusal when it is not wanted
         */
        void admit(IncomingMessage head) throws MsrpRefusal;

        /**
         * Takes a whole message, and closes it when it is done with it. On a thread that may block.
         *
         * @return completes when its sender may take it for delivered; an {@link MsrpRefusal} says how it is refused
         */
        CompletionStage<Void> take(Arrived message);

        /**
         * Whether room for further messages comes though nothing more is read from the connection of this end. On an MSRP event loop: does
         * not block.
         */
        default boolean mayWait() {
            return true;
        }

        /** Some of a message came. On a thread that may block. */
        default void progressed() {}

        /** A message begins to come. */
        default void begun() {}

        /** A message that had begun is settled, whatever became of it. */
        default void settled() {}
    }

    private static final Logger log = LoggerFactory.getLogger(Intake.class);

    /** So many times the window may be on their way where nobody may wait. */
    private static final int WINDOWS = 4;

    /** But no more than this: with those that have begun, fewer than MSRP takes unanswered of one session (256). */
    private static final int MOST = 240;

    private final Spools spools;
    private final long maxSize;
    private final Executor workers;
    private final Taker taker;
    private final int window;
    /** Whole messages that are not settled. */
    private int underway;
    /** Completes when there is room for more of them again; null when there is. */
    private volatile CompletableFuture<Void> room;
    /** What was last handed on: the next one follows, so that the order stays. */
    private CompletableFuture<CompletionStage<Void>> taking = CompletableFuture.completedFuture(null);

    /**
     * @param maxSize of a message, in octets
     * @param window how many whole messages may be on their way at once; four times as many, 240 at most, where the taker may not wait, and
     *     further ones are refused with 408
     * @param workers may block on the disk
     */
    Intake(Spools spools, long maxSize, int window, Executor workers, Taker taker) {
        this.spools = spools;
        this.maxSize = maxSize;
        this.window = window;
        this.workers = workers;
        this.taker = taker;
    }

    @Override
    public IncomingSink begin(IncomingMessage message) throws MsrpRefusal {
        if (message.length() > maxSize) {
            throw new MsrpRefusal(413, "Message too large");
        }
        if (isCrowded() && !taker.mayWait()) {
            log.warn("message {} not taken: too many before it are not confirmed", message.messageId());
            throw notInTime();
        }
        taker.admit(message);
        taker.begun();
        return new Sink(message);
    }

    /**
     * RFC 4975 §10 has few words. 413 stops a message for good: it is too large, or its recipient has too many. 408 says what is true of a
     * server that has no room or no database now: it was not taken in time (§10.5), and may be sent again.
     */
    private static MsrpRefusal refusal(IncomingMessage message, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof MsrpRefusal refusal) {
            return refusal;
        }
        if (cause instanceof MessageTooLargeException) {
            return new MsrpRefusal(413, "Message too large");
        }
        if (cause instanceof StoreBusyException) {
            log.warn("message {} not taken: {}", message.messageId(), cause.getMessage());
        } else {
            log.error("message {} not taken", message.messageId(), cause);
        }
        return notInTime();
    }

    private static MsrpRefusal notInTime() {
        return new MsrpRefusal(408, "Not taken in time");
    }

    private synchronized CompletionStage<Void> inTurn(Supplier<CompletionStage<Void>> take) {
        taking = taking.handleAsync((before, failed) -> take.get(), workers);
        return taking.thenCompose(taken -> taken);
    }

    /** Whether as many messages are on their way as may be at once. */
    boolean isFull() {
        return room != null;
    }

    private synchronized boolean isCrowded() {
        return underway >= Math.min(WINDOWS * window, MOST);
    }

    /** The taker is asked without a lock: it may ask whether another intake is full. */
    private CompletionStage<Void> room() {
        CompletableFuture<Void> awaited = room;
        return awaited == null || !taker.mayWait() ? CompletableFuture.completedStage(null) : awaited;
    }

    private synchronized void enter() {
        underway++;
        if (underway == window) {
            room = new CompletableFuture<>();
        }
    }

    private void leave() {
        CompletableFuture<Void> again = null;
        synchronized (this) {
            if (underway == window) {
                again = room;
                room = null;
            }
            underway--;
        }
        if (again != null) {
            again.complete(null);
        }
    }

    /** One message. */
    private final class Sink implements IncomingSink {

        private final IncomingMessage head;
        private final Spool spool = spools.open();

        Sink(IncomingMessage head) {
            this.head = head;
        }

        @Override
        public CompletionStage<Void> write(long offset, ByteBuffer bytes) {
            return refused(room().thenRunAsync(
                            () -> {
                                spool.write(offset, bytes);
                                taker.progressed();
                            },
                            workers));
        }

        @Override
        public CompletionStage<Void> complete(long length) {
            enter();
            return refused(inTurn(() -> taker.take(whole(length))).whenComplete((done, failure) -> {
                leave();
                taker.settled();
            }));
        }

        @Override
        public void abort(String reason) {
            log.info("message {} did not become whole: {}", head.messageId(), reason);
            workers.execute(() -> {
                spool.close();
                taker.settled();
            });
        }

        private Arrived whole(long length) {
            try {
                return new Arrived(head, spool, spool.whole(length));
            } catch (RuntimeException e) {
                spool.close();
                throw e;
            }
        }

        /** The same, with whatever failure told as MSRP tells it. */
        private CompletionStage<Void> refused(CompletionStage<Void> stage) {
            CompletableFuture<Void> told = new CompletableFuture<>();
            stage.whenComplete((done, failure) -> {
                if (failure == null) {
                    told.complete(null);
                } else {
                    told.completeExceptionally(refusal(head, failure));
                }
            });
            return told;
        }
    }
}
