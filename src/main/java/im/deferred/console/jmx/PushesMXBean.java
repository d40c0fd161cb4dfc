package im.deferred.console.jmx;

/** {@code im.deferred:type=Pushes}: how deferred messages leave this node. Counters begin at its start. */
public interface PushesMXBean {

    /** Pushes from INVITE to BYE now, and sessions in which users fetch what waits. */
    int getLive();

    /** Messages that clients confirmed in a session. */
    long getConfirmed();

    /** Messages that clients took as SIP MESSAGE. */
    long getPaged();

    /** How often a message was held because the client takes it in no form. */
    long getHeld();

    /** Whether no push begins. */
    boolean isPaused();

    /** Begins no push from now on; those that are live go on to their end. */
    void pause();

    /** Begins pushes again, to everybody who is registered and for whom messages wait. */
    void resume();
}
