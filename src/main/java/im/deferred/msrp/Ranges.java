package im.deferred.msrp;

import java.util.Map;
import java.util.TreeMap;

/** Which octets of a message are there, or were reported. In order it is one number; what lies ahead of a gap is kept in a tree, made when it is needed. */
final class Ranges {
    private TreeMap<Long, Long> ahead;
    private long prefix;

    /** Adds the octets from {@code start} to before {@code end}, counted from 0. */
    void add(long start, long end) {
        if (start > prefix) {
            ahead = ahead == null ? new TreeMap<>() : ahead;
            ahead.merge(start, end, Math::max);
            return;
        }
        prefix = Math.max(prefix, end);
        if (ahead == null) {
            return;
        }
        Map.Entry<Long, Long> next = ahead.firstEntry();
        while (next != null && next.getKey() <= prefix) {
            prefix = Math.max(prefix, next.getValue());
            ahead.pollFirstEntry();
            next = ahead.firstEntry();
        }
    }

    /** Whether all octets before that position are there. */
    boolean covers(long length) {
        return prefix >= length;
    }

    /** Ranges that wait for the octets before them. */
    int gaps() {
        return ahead == null ? 0 : ahead.size();
    }
}
