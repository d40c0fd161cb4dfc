package im.deferred.msrp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Looks now and then for what is overdue on the connections: one task for all connections of an event loop, none where there are none. */
final class Sweeps {
    private static final long SHORTEST_MILLIS = 10;
    private static final long LONGEST_MILLIS = 1000;

    private final long periodMillis;
    private final Map<EventLoop, Sweep> sweeps = new ConcurrentHashMap<>();

    /** Often enough for the shortest of the limits to be kept within an eighth. */
    Sweeps(MsrpLimits limits) {
        long shortest = Collections.min(Stream.of(
                        limits.firstRequestTimeout(),
                        limits.frameTimeout(),
                        limits.transactionTimeout(),
                        limits.reportTimeout(),
                        limits.writeTimeout())
                .map(Duration::toMillis)
                .toList());
        periodMillis = Math.max(SHORTEST_MILLIS, Math.min(LONGEST_MILLIS, shortest / 8));
    }

    /** On the event loop of that connection. */
    void add(MsrpConnection connection) {
        sweeps.computeIfAbsent(connection.loop(), Sweep::new).connections.add(connection);
    }

    /** On the event loop of that connection. */
    void remove(MsrpConnection connection) {
        Sweep sweep = sweeps.get(connection.loop());
        if (sweep != null && sweep.connections.remove(connection) && sweep.connections.isEmpty()) {
            sweep.timer.cancel(false);
            sweeps.remove(connection.loop());
        }
    }

    private final class Sweep implements Runnable {
        private final Set<MsrpConnection> connections = new LinkedHashSet<>();
        private final Future<?> timer;

        Sweep(EventLoop loop) {
            timer = loop.scheduleWithFixedDelay(this, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
        }

        /** Those that are overdue leave while this runs. */
        @Override
        public void run() {
            long now = System.nanoTime();
            for (MsrpConnection connection : connections.toArray(MsrpConnection[]::new)) {
                connection.run(() -> connection.expire(now));
            }
        }
    }
}
