package im.deferred.node;

/** What a node asks of the one that has claimed a work. */
public enum Ask {
    /** There may be more of it than the other knows of. In place of no other ask that is still unheard. */
    MORE,
    /** There is reason to begin again, whatever comes of what is under way. */
    AGAIN,
    /** There may be no reason for it any more. */
    STOP,
    /** Finish what is under way, and leave the rest to who asks. */
    LET_GO
}
