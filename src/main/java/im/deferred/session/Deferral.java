package im.deferred.session;

import im.deferred.core.Aor;
import im.deferred.message.MessageStore;
import im.deferred.message.NewMessage;
import im.deferred.message.Outlet;
import im.deferred.message.SendingSession;
import im.deferred.message.Stored;
import im.deferred.msrp.MsrpRefusal;
import java.time.Clock;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a user sends in a session to another one who does not take it now.
 *
 * @param store where it is kept
 * @param outlet is told of it
 * @param lifetime how long it is worth delivering
 * @param workers do what follows a commit
 */
record Deferral(MessageStore store, Outlet outlet, Clock clock, Duration lifetime, Executor workers) {

    private static final Logger log = LoggerFactory.getLogger(Deferral.class);

    /**
     * Stores a message; the outlet is not told yet. May block on the disk.
     *
     * @param session what the INVITE told of it
     * @param caller the session in which it came
     * @return after the commit: under which id, or none where it was of the moment only (RFC 3994) and is dropped; an {@link MsrpRefusal}
     *     if the recipient has too many
     */
    CompletionStage<OptionalLong> keep(SendingSession session, AnsweredSession caller, Arrived message) {
        NewMessage kept;
        try {
            kept = session.message(
                    message.send(
                            caller.description().media().end().path(),
                            caller.offer().path()),
                    clock.instant(),
                    lifetime,
                    message.body());
            if (kept.isOfTheMoment()) {
                return CompletableFuture.completedStage(OptionalLong.empty());
            }
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
        return store.store(kept)
                .thenComposeAsync(stored -> outcome(kept, message.head().messageId(), stored), workers);
    }

    /** What was stored may go out. */
    void tell(Aor recipient, int status) {
        outlet.deferred(recipient, status);
    }

    /** The recipient took it after all. */
    void withdraw(Aor recipient, long id) {
        log.info("message {} for {} was taken late, and is withdrawn", id, recipient);
        store.delete(id);
    }

    private static CompletionStage<OptionalLong> outcome(NewMessage message, String messageId, Stored stored) {
        if (stored instanceof Stored.Kept kept) {
            log.info(
                    "SEND {} in {} for {} stored as {}: {} octets",
                    messageId,
                    message.callId(),
                    message.recipient(),
                    kept.id(),
                    message.body().length());
            return CompletableFuture.completedStage(OptionalLong.of(kept.id()));
        }
        if (stored instanceof Stored.Copy copy) {
            log.info("SEND {} in {} is a copy of {}", messageId, message.callId(), copy.id());
            return CompletableFuture.completedStage(OptionalLong.of(copy.id()));
        }
        log.info("SEND {} in {} for {} refused: over quota", messageId, message.callId(), message.recipient());
        return CompletableFuture.failedStage(new MsrpRefusal(413, "Too many messages wait for the recipient already"));
    }
}
