package im.deferred.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What was seen of the other nodes. Whether one lives is told by its beat alone, and by this node's own clock: no two clocks need agree.
 */
final class OtherNodes {

    private record Seen(long beat, long calls, long since) {}

    private final long lease;
    private final Map<Long, Seen> known = new HashMap<>();

    /** @param lease how long a beat is good for, in nanoseconds */
    OtherNodes(long lease) {
        this.lease = lease;
    }

    /**
     * What has changed.
     *
     * @param dead those that have not beaten for a lease; again and again until they are {@linkplain #forget forgotten}
     * @param left whether one is gone that was there, or called for others
     */
    record Change(List<NodeRow> dead, boolean left) {}

    /**
     * Looks at all that are there now.
     *
     * @param now in nanoseconds, of a clock that only goes forward
     */
    Change look(List<NodeRow> there, long now) {
        boolean left =
                known.keySet().retainAll(there.stream().map(NodeRow::number).toList());
        List<NodeRow> dead = new ArrayList<>();
        for (NodeRow node : there) {
            Seen before = known.get(node.number());
            boolean beats = before == null || before.beat() != node.beat();
            left |= before != null && before.calls() != node.calls();
            known.put(node.number(), new Seen(node.beat(), node.calls(), beats ? now : before.since()));
            if (!beats && now - before.since() >= lease) {
                dead.add(node);
            }
        }
        return new Change(dead, left);
    }

    /** That it is gone is known. */
    void forget(NodeRow node) {
        known.remove(node.number());
    }
}
