package im.deferred.node;

/** Is told what concerns this node among the others. Called on the thread that renews the lease: longer work goes elsewhere. */
public interface NodeListener {

    /** A node is gone, or leaves work to others (perhaps this one, a moment ago): there may be some that nobody has claimed. */
    void workIsLeft();

    /** Another node asks for what this one has claimed; told again and again until that is given back. */
    void asked(Claim claim, Ask ask);
}
