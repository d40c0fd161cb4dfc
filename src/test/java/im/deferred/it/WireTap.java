package im.deferred.it;

import java.util.List;
import java.util.function.Predicate;

/** What goes between the nodes, the core and the users. */
interface WireTap extends AutoCloseable {

    /** What Kamailio has to have in its configuration for it. */
    String configuration();

    /** All that went so far, in the order of the wire, as soon as something has gone that fits. */
    List<Packet> until(Predicate<Packet> last, PythonBob bob);

    @Override
    void close();
}
