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
    /** Of whom the connection is remembered; a URI is good for one session, so that there is rarely more than one. */
    private static final int MOST_PEERS = 16;

    final MsrpUri uri;
    /** The first URI of the client's From-Path: the client itself, or the relay before this one. */
    final MsrpUri client;
    /** The only one on which the client speaks and is spoken to. */
    final MsrpConnection connection;

    final RelayUser user;
    private final Relay relay;
    private final Set<Lane> lanes = ConcurrentHashMap.newKeySet();
    /** Who came to the client by this URI, and the connection on which each did. */
    private final Map<MsrpUri, MsrpConnection> peers = new ConcurrentHashMap<>();

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

    /** Somebody speaks to the client on that connection: there they are answered, since many cannot be connected to. */
    void cameBy(MsrpUri peer, MsrpConnection on) {
        peers.values().removeIf(MsrpConnection::isClosing);
        if (peers.size() < MOST_PEERS && peer.secure() == on.isSecure()) {
            peers.putIfAbsent(peer, on);
        }
    }

    /** The connection on which that peer came, or null when it is to be connected to (RFC 4976 §6.2). */
    MsrpConnection connectionOf(MsrpUri peer) {
        MsrpConnection on = peers.get(peer);
        return on == null || on.isClosing() ? null : on;
    }

    /** Its messages go by that lane: false when it is over. */
    boolean use(Lane lane) {
        lanes.add(lane);
        if (over) {
            lanes.remove(lane);
        }
        return !over;
    }

    void forget(Lane lane) {
        lanes.remove(lane);
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
