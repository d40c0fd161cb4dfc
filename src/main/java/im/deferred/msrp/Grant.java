package im.deferred.msrp;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

/**
 * A URI of the relay that an authenticated client may use for a while (RFC 4976 §5.1): what comes to it is passed on to the client, and
 * what the client sends by it to whom the client says. It ends when its time is over or the client's connection is.
 */
final class Grant implements Occupant {
    /** A URI is for one session; a peer that was cut off comes again by another connection. */
    private static final int MOST_PEERS = 8;

    final MsrpUri uri;
    /** The first URI of the client's From-Path: the client itself, or the relay before this one. */
    final MsrpUri client;
    /** The only one on which the client speaks and is spoken to. */
    final MsrpConnection connection;

    final RelayUser user;
    private final Relay relay;
    private final Map<MsrpUri, MsrpConnection> peers = new ConcurrentHashMap<>();
    private final Set<Lane> lanes = ConcurrentHashMap.newKeySet();
    private Future<?> expiry;
    private volatile boolean over;

    Grant(Relay relay, MsrpUri uri, MsrpUri client, MsrpConnection connection, RelayUser user) {
        this.relay = relay;
        this.uri = uri;
        this.client = client;
        this.connection = connection;
        this.user = user;
    }

    boolean isOver() {
        return over;
    }

    /** Whether a request with that first URI of From-Path on that connection is the client's own. */
    boolean isOf(MsrpConnection from, MsrpUri sender) {
        return from == connection && client.equals(sender);
    }

    /** On the event loop of the client's connection: it lasts so long from now on. */
    void extend(Duration expires) {
        if (expiry != null) {
            expiry.cancel(false);
        }
        expiry = connection.schedule(() -> end("expired"), expires);
    }

    /** A peer came by that connection: what the client sends to it goes there, since there may be no other way to it. */
    void cameFrom(MsrpUri peer, MsrpConnection by) {
        peers.values().removeIf(MsrpConnection::isClosing);
        if (peers.size() < MOST_PEERS) {
            peers.putIfAbsent(peer, by);
        }
    }

    /** The connection by which that peer came, or null. */
    MsrpConnection wayTo(MsrpUri peer) {
        MsrpConnection way = peers.get(peer);
        return way == null || way.isClosing() ? null : way;
    }

    /** Its messages go by that lane: false when it is over. */
    boolean use(Lane lane) {
        lanes.add(lane);
        if (over) {
            lanes.remove(lane);
        }
        return !over;
    }

    @Override
    public void lost(MsrpConnection from, String reason) {
        end(reason);
    }

    /** On the event loop of the client's connection. */
    private void end(String reason) {
        if (over) {
            return;
        }
        over = true;
        expiry.cancel(false);
        relay.ended(this, reason);
        lanes.forEach(lane -> lane.leave(this));
        connection.leave(this);
    }
}
