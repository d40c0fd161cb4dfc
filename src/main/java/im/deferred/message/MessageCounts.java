package im.deferred.message;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * How many messages are stored for one user, those that are expired left out.
 *
 * @param waiting are to be delivered
 * @param urgentWaiting those of them whose Priority is urgent or emergency (RFC 3261 §20.26)
 * @param held are kept back, since the user's client took them in no form
 * @param urgentHeld the urgent ones of these
 * @param nextExpiry when the first of all these expires; empty when there are none
 */
public record MessageCounts(
        long waiting, long urgentWaiting, long held, long urgentHeld, Optional<Instant> nextExpiry) {

    /** @throws IllegalArgumentException if it could not be counted so */
    public MessageCounts {
        Objects.requireNonNull(nextExpiry, "nextExpiry");
        if (urgentWaiting < 0 || urgentWaiting > waiting || urgentHeld < 0 || urgentHeld > held) {
            throw new IllegalArgumentException("the urgent ones are some of all");
        }
    }
}
