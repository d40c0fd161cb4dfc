package im.deferred.message;

/** What became of a message that was to be stored. */
public sealed interface Stored {

    /**
     * It is stored, durably.
     *
     * @param id its place in the order of delivery
     */
    record Kept(long id) implements Stored {}

    /**
     * It is a copy of one stored before, which may have been delivered by now; nothing was stored.
     *
     * @param id the place of the one stored before
     */
    record Copy(long id) implements Stored {}

    /**
     * Its recipient has as many messages stored as he may have; nothing was stored.
     *
     * @param quota how many that are
     */
    record OverQuota(int quota) implements Stored {}

    /** Another message was submitted under the same idempotency key; nothing was stored. */
    record KeyTaken() implements Stored {}
}
