package im.deferred.node;

import jakarta.persistence.EntityManagerFactory;
import java.time.Duration;

/** Nodes for tests of other rooms. */
public final class Nodes {

    private Nodes() {}

    /** One whose lease does not run out. */
    public static Node alone(EntityManagerFactory entities) {
        return new Node(entities, "alone", Duration.ofDays(1), System::nanoTime);
    }
}
