package im.deferred.push;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers for a while, and no more than so many: the eldest is forgotten first. It is lost with the process, which costs nothing but
 * to learn it again. For one thread at a time.
 */
final class Memory<T> {

    private final Clock clock;
    private final Duration time;
    private final int most;
    /** Eldest first. */
    private final Map<T, Instant> since = new LinkedHashMap<>();

    Memory(Clock clock, Duration time, int most) {
        this.clock = clock;
        this.time = time;
        this.most = most;
    }

    void add(T one) {
        since.remove(one);
        since.put(one, clock.instant());
        Iterator<Instant> eldestFirst = since.values().iterator();
        for (Instant eldest = eldestFirst.next(); since.size() > most || isOver(eldest); eldest = eldestFirst.next()) {
            eldestFirst.remove();
        }
    }

    boolean contains(T one) {
        Instant added = since.get(one);
        return added != null && !isOver(added);
    }

    /** Forgets it; whether it was remembered. */
    boolean remove(T one) {
        Instant added = since.remove(one);
        return added != null && !isOver(added);
    }

    private boolean isOver(Instant added) {
        return !clock.instant().isBefore(added.plus(time));
    }
}
