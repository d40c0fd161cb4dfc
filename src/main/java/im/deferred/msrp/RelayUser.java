package im.deferred.msrp;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What one user takes of the relay, by all grants together. Safe for use by several threads. */
final class RelayUser {
    final String name;
    private final RelayLimits limits;
    private final Throttle frames;
    private final Throttle octets;
    private final AtomicInteger grants = new AtomicInteger();
    private final Map<Target, MsrpConnection> nextHops = new ConcurrentHashMap<>();

    RelayUser(String name, RelayLimits limits) {
        this.name = name;
        this.limits = limits;
        this.frames = new Throttle(limits.framesPerSecond(), System::nanoTime);
        this.octets = new Throttle(limits.octetsPerSecond(), System::nanoTime);
    }

    void addGrant() {
        grants.incrementAndGet();
    }

    boolean hasTooManyGrants() {
        return grants.get() > limits.maxGrants();
    }

    /** True when that was the last one. */
    boolean removeGrant() {
        return grants.decrementAndGet() == 0;
    }

    /** Whether messages may go to that host: one to which some go already, or one more. */
    boolean mayGoTo(Target nextHop) {
        nextHops.values().removeIf(MsrpConnection::isClosing);
        return nextHops.containsKey(nextHop) || nextHops.size() < limits.maxNextHops();
    }

    void goesTo(Target nextHop, MsrpConnection connection) {
        nextHops.put(nextHop, connection);
    }

    /** One request, or some of one's content: the nanoseconds to wait before anything more of this user is read, 0 for none. */
    long take(int requests, int contentOctets) {
        return Math.max(frames.take(requests), octets.take(contentOctets));
    }
}
