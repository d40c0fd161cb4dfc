package im.deferred.msrp;

/** What keeps a connection open. Called on the event loop of that connection. */
interface Occupant {
    /** The connection is over. */
    void lost(MsrpConnection connection, String reason);

    /** Time has passed: looks whether something waits for too long. */
    default void expire() {}
}
