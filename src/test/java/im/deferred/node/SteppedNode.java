package im.deferred.node;

import jakarta.persistence.EntityManagerFactory;
import java.time.Duration;
import java.util.function.LongSupplier;

/** A node that renews its lease when the test says so. */
public final class SteppedNode {

    private final Node node;

    public SteppedNode(EntityManagerFactory entities, String name, Duration lease, LongSupplier nanoTime) {
        node = new Node(entities, name, lease, nanoTime);
    }

    public Node itself() {
        return node;
    }

    public void beat() {
        node.beat();
    }

    public void close() {
        node.close();
    }
}
