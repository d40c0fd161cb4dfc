package im.deferred.message;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of messages that nobody could be given. Whose sender asked for it is told first and deleted then, so that a crash between
 * the two makes the notification twice at most, and never loses it.
 */
public final class Expiry {

    private static final Logger log = LoggerFactory.getLogger(Expiry.class);

    /** Messages in one deletion: a message that is to be stored waits for no more of them. */
    static final int BATCH = 100;

    /** Octets of bodies in one deletion, unless one message has more. */
    static final long BATCH_OCTETS = 4L << 20;

    /** Senders that may be being told at the same time, unless told otherwise. */
    public static final int TELLING = 1000;

    private final MessageStore store;
    private final Notifications notifications;
    private final int telling;
    private final Map<Long, CompletableFuture<Void>> ending = new ConcurrentHashMap<>();
    private final AtomicBoolean sweeping = new AtomicBoolean();

    /**
     * @param notifications tell the senders
     * @param telling for how many messages senders may be being told at the same time; more are left to a later sweep
     */
    public Expiry(MessageStore store, Notifications notifications, int telling) {
        this.store = store;
        this.notifications = notifications;
        this.telling = telling;
    }

    /**
     * Ends a message, at its time or before: its sender is told, if he asked for it, and then it is deleted.
     *
     * @return when it is deleted; fails if its sender should have been told and was not: then it is still there
     * @throws jakarta.persistence.PersistenceException if the database cannot be read
     */
    public CompletionStage<Void> end(DeferredMessage message) {
        return notifications
                .failure(message)
                .map(failure -> end(message, failure))
                .orElseGet(() -> store.delete(message.id()));
    }

    /**
     * Ends all messages that are expired, the longest expired first, and forgets delivered ones of which no copy can come any more.
     * Deletes in small batches, and waits for each, so that messages are stored between them; does not wait for senders that are being
     * told. Does nothing while another thread does it.
     *
     * @throws jakarta.persistence.PersistenceException if the database cannot be read or written
     * @throws CompletionException if a batch could not be deleted
     */
    public void sweep() {
        if (!sweeping.compareAndSet(false, true)) {
            return;
        }
        try {
            List<DeferredMessage> expired = store.expired(Instant.EPOCH, 0, BATCH);
            while (!expired.isEmpty()) {
                end(expired);
                DeferredMessage last = expired.get(expired.size() - 1);
                expired = store.expired(last.expiresAt(), last.id(), BATCH);
            }
            forget(store::forget);
            forget(store::forgetKeys);
        } finally {
            sweeping.set(false);
        }
    }

    private static void forget(IntUnaryOperator batch) {
        int forgotten;
        do {
            forgotten = batch.applyAsInt(BATCH);
        } while (forgotten == BATCH);
    }

    private void end(List<DeferredMessage> expired) {
        List<Long> batch = new ArrayList<>();
        long octets = 0;
        for (DeferredMessage message : expired) {
            Optional<ImdnNotification> failure = notifications.failure(message);
            if (failure.isEmpty()) {
                batch.add(message.id());
                octets += message.size();
            } else if (ending.size() < telling) {
                end(message, failure.get());
            }
            if (octets >= BATCH_OCTETS) {
                delete(batch);
                batch.clear();
                octets = 0;
            }
        }
        delete(batch);
    }

    /** The notification first; one that is being made already is not made again, and its end is that of both. */
    private CompletionStage<Void> end(DeferredMessage message, ImdnNotification failure) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        CompletableFuture<Void> begun = ending.putIfAbsent(message.id(), done);
        if (begun != null) {
            return begun;
        }
        CompletableFuture.completedFuture(failure)
                .thenCompose(notifications::tell)
                .thenCompose(told -> store.delete(message.id()))
                .whenComplete((deleted, problem) -> {
                    ending.remove(message.id());
                    if (problem != null) {
                        log.warn("{} stays although it is at its end: {}", message.id(), problem.toString());
                        done.completeExceptionally(problem);
                    } else {
                        done.complete(null);
                    }
                });
        return done;
    }

    private void delete(List<Long> batch) {
        if (!batch.isEmpty()) {
            store.delete(List.copyOf(batch)).toCompletableFuture().join();
        }
    }
}
