package im.deferred.message;

import java.util.Objects;

/** What became of a {@link Submission}. */
public sealed interface Submitted {

    /**
     * It is stored, durably; or it was so before, under the same key, and may have been delivered by now.
     *
     * @param id its place in the order of delivery
     */
    record Accepted(long id) implements Submitted {}

    /** It is of the moment, such as that somebody is writing (RFC 3994), and was not stored. */
    record Dropped() implements Submitted {}

    /**
     * Nothing was stored.
     *
     * @param detail in words for whoever submitted it
     */
    record Refused(Reason reason, String detail) implements Submitted {

        /** Why. */
        public enum Reason {
            UNKNOWN_DOMAIN,
            OVER_QUOTA,
            /** Another message was submitted under the same key. */
            KEY_TAKEN
        }

        public Refused {
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(detail, "detail");
        }
    }
}
