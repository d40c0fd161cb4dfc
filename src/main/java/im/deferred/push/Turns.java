package im.deferred.push;

import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** Turns at something that only so many may do at once: who comes first has it first. For one thread at a time. */
final class Turns<T> {

    private final int most;
    private final Set<T> having = new HashSet<>();
    private final Set<T> waiting = new LinkedHashSet<>();

    Turns(int most) {
        this.most = most;
    }

    /** Whether one has a turn, had it before or gets it now; who has none waits for it. */
    boolean take(T one) {
        if (having.contains(one)) {
            return true;
        }
        if (having.size() < most) {
            waiting.remove(one);
            return having.add(one);
        }
        waiting.add(one);
        return false;
    }

    /** One has no turn any more, and waits for none. Returns who has got it instead, if it had one and somebody waits. */
    Optional<T> giveBack(T one) {
        waiting.remove(one);
        if (!having.remove(one) || waiting.isEmpty()) {
            return Optional.empty();
        }
        Iterator<T> eldest = waiting.iterator();
        T next = eldest.next();
        eldest.remove();
        having.add(next);
        return Optional.of(next);
    }
}
