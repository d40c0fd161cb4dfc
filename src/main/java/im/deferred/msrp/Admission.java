package im.deferred.msrp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door of all listeners of an endpoint: counts who is in, and closes what comes over the limits before anything is read from it. An
 * IPv6 peer counts by its network, since it has 2⁶⁴ addresses to come from.
 */
@Sharable
final class Admission extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
    private static final long LOG_PERIOD = TimeUnit.SECONDS.toNanos(10);
    private static final int NETWORK_OCTETS = 8;

    private final int maxConnections;
    private final int maxPerAddress;
    private final LongSupplier clock;
    private final AtomicInteger open = new AtomicInteger();
    private final Map<InetAddress, Integer> openByAddress = new ConcurrentHashMap<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicLong nextLog;

    /** @param clock nanoseconds from any origin */
    Admission(MsrpLimits limits, LongSupplier clock) {
        this.maxConnections = limits.maxConnections();
        this.maxPerAddress = limits.maxConnectionsPerAddress();
        this.clock = clock;
        this.nextLog = new AtomicLong(clock.getAsLong());
    }

    /** The listener accepted that connection. */
    @Override
    public void channelRead(ChannelHandlerContext listener, Object accepted) {
        Channel connection = (Channel) accepted;
        InetAddress peer = ((InetSocketAddress) connection.remoteAddress()).getAddress();
        if (enter(peer)) {
            connection.closeFuture().addListener(closed -> leave(peer));
            listener.fireChannelRead(connection);
        } else {
            connection.unsafe().closeForcibly();
        }
    }

    /** Whether one more is let in from there. */
    boolean enter(InetAddress peer) {
        int all = open.incrementAndGet();
        int same = openByAddress.merge(source(peer), 1, Integer::sum);
        if (all <= maxConnections && same <= maxPerAddress) {
            return true;
        }
        leave(peer);
        logRefusal(peer, all - 1, same - 1);
        return false;
    }

    void leave(InetAddress peer) {
        open.decrementAndGet();
        openByAddress.computeIfPresent(source(peer), (source, count) -> count == 1 ? null : count - 1);
    }

    private void logRefusal(InetAddress peer, int all, int same) {
        refused.incrementAndGet();
        long now = clock.getAsLong();
        long due = nextLog.get();
        if (now - due >= 0 && nextLog.compareAndSet(due, now + LOG_PERIOD)) {
            LOG.warn(
                    "too many MSRP connections: {} closed, the last from {}, which has {} of {}",
                    refused.getAndSet(0),
                    peer.getHostAddress(),
                    same,
                    all);
        }
    }

    /** What that address counts as: itself, or its network of 64 bits. */
    private static InetAddress source(InetAddress peer) {
        if (!(peer instanceof Inet6Address)) {
            return peer;
        }
        byte[] network = peer.getAddress();
        Arrays.fill(network, NETWORK_OCTETS, network.length, (byte) 0);
        try {
            return InetAddress.getByAddress(network);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("not 16 octets", e);
        }
    }
}
