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
     * With it its recipient would have more stored than he may have; nothing was stored.
     *
     * @param quota how much that is
     * @param of what it counts
     */
    record OverQuota(long quota, Unit of) implements Stored {}

    /** What a quota counts. */
    enum Unit {
        MESSAGES,
        /** Of their bodies. */
        OCTETS
    }
}
