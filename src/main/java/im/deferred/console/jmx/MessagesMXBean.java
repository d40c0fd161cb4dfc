package im.deferred.console.jmx;

/** {@code im.deferred:type=Messages}: what waits in the database, of all nodes. */
public interface MessagesMXBean {

    /** Messages stored and not held. */
    long getWaiting();

    /** Messages stored that the client takes in no form; released when the user registers. */
    long getHeld();

    /** Users registered now. */
    long getRegistrations();
}
