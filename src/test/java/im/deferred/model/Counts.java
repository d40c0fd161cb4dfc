package im.deferred.model;

import java.util.Map;
import java.util.TreeMap;

/** How often what happened. */
final class Counts {

    private final Map<String, Integer> counts = new TreeMap<>();

    void add(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    void add(Counts others) {
        others.counts.forEach((what, count) -> counts.merge(what, count, Integer::sum));
    }

    int of(String what) {
        return counts.getOrDefault(what, 0);
    }

    @Override
    public String toString() {
        return counts.toString();
    }
}
