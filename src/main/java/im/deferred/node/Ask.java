package im.deferred.node;

/** What a node asks of the one that has claimed what it wants itself. */
public enum Ask {
    /** There may be more to do than the other knows of: it looks again before it gives the claim back, or does so now if it is done. */
    LOOK_AGAIN,
    /** Finish what is under way, and give the claim back. */
    LET_GO
}
