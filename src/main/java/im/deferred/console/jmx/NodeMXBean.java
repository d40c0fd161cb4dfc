package im.deferred.console.jmx;

/** {@code im.deferred:type=Node}: this node. */
public interface NodeMXBean {

    /** Why the node is not ready for work, as {@code /health/ready} tells it; empty when it is. */
    String getProblem();

    /** Whether it is being emptied, to be undeployed. */
    boolean isDraining();

    /** Whether it is being emptied, and no push is live any more. */
    boolean isDrained();

    /** Begins no push any more, and says by {@code /health/ready} that it is to be left alone; what is under way goes on to its end. */
    void drain();

    /** Takes that back. */
    void undrain();
}
