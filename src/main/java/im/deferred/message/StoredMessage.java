package im.deferred.message;

import java.util.Objects;
import java.util.Optional;

/**
 * A message in the store, as operators see it.
 *
 * @param held whether it is kept back from delivery
 * @param heldReason why, in words; empty if it is not held or nobody said
 */
public record StoredMessage(DeferredMessage message, boolean held, Optional<String> heldReason) {

    public StoredMessage {
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(heldReason, "heldReason");
    }
}
