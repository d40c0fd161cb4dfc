package im.deferred.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What was seen of the other nodes. Whether one lives is told by its beat alone, and by this node's own clock: no two clocks need agree.
 */
final class OtherNodes {

    private record Seen(long beat, long since) {}

    private final long lease;
    private final Map<Long, Seen> known = new HashMap<>();

    /** @param lease how long a beat is good for, in nanoseconds */
    OtherNodes(long lease) {
        this.lease = lease;
    }

    /**
     * Looks at all that are there now.
     *
     * @param now in nanoseconds, of a clock that only goes forward
     * @return those that have not beaten for a lease; again and again until they are gone
     */
    List<NodeRow> dead(List<NodeRow> there, long now) {
        known.keySet().retainAll(there.stream().map(NodeRow::number).toList());
        List<NodeRow> dead = new ArrayList<>();
        for (NodeRow node : there) {
            Seen before = known.get(node.number());
            if (before == null || before.beat() != node.beat()) {
                known.put(node.number(), new Seen(node.beat(), now));
            } else if (now - before.since() >= lease) {
                dead.add(node);
            }
        }
        return dead;
    }
}
