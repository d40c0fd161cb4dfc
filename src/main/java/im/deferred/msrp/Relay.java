package im.deferred.msrp;

import im.deferred.msrp.auth.Credentials;
import im.deferred.msrp.auth.DigestServer;
import im.deferred.msrp.frame.MsrpRequest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A relay (RFC 4976): grants URIs to clients that authenticate, and passes on what comes to a granted URI, from its client or to it.
 * What comes is handed out by the {@link Dispatcher} of its connection, and goes by a {@link Lane} to the next hop.
 */
final class Relay {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

    private final MsrpEndpoint endpoint;
    private final Connections connections;
    private final RelaySettings settings;
    private final DigestServer digest;
    private final Map<SessionId, Grant> grants = new ConcurrentHashMap<>();
    private final Map<Client, Grant> clients = new ConcurrentHashMap<>();
    private final Map<String, RelayUser> users = new ConcurrentHashMap<>();
    private final Map<Ends, Lane> lanes = new ConcurrentHashMap<>();

    /** A lane's. */
    private record Ends(MsrpConnection from, MsrpConnection to) {}

    /** Who has authenticated, and where: one user may have several sessions on one connection. */
    private record Client(MsrpConnection connection, MsrpUri uri, String userName) {}

    Relay(
            MsrpEndpoint endpoint,
            Connections connections,
            RelaySettings settings,
            Credentials credentials,
            SecureRandom random) {
        this.endpoint = endpoint;
        this.connections = connections;
        this.settings = settings;
        this.digest = new DigestServer(
                settings.realm(), credentials, settings.limits().nonceLifetime(), Clock.systemUTC(), random);
    }

    RelaySettings settings() {
        return settings;
    }

    DigestServer digest() {
        return digest;
    }

    /** Who takes this request; null when it is not for the relay. */
    FrameReceiver receiverOf(Dispatcher by, MsrpRequest request, Route route) {
        Passage passage = route.passage;
        if (passage != null && !passage.isOver()) {
            return forward(by, request, route);
        }
        if (request.method().equals(MsrpRequest.AUTH) && route.to.size() == 1) {
            return new Authentication(this, by, request, route);
        }
        Grant grant = grantOf(route.to.get(0));
        return grant == null ? null : enter(by, request, route, grant);
    }

    private FrameReceiver forward(Dispatcher by, MsrpRequest request, Route route) {
        try {
            return new Forwarding(by.connection(), request, route, route.passage);
        } catch (IllegalArgumentException e) {
            by.fault("request refused: " + e.getMessage());
            return by.refuse(request, route, 400, "Bad request");
        }
    }

    /** The rules by which a request may pass (RFC 4976 §6.1): it comes from the client that the URI was granted to, or goes to it. */
    private FrameReceiver enter(Dispatcher by, MsrpRequest request, Route route, Grant grant) {
        MsrpConnection from = by.connection();
        if (route.to.size() == 1) {
            return by.refuse(request, route, 481, "Nobody behind this URI");
        }
        MsrpUri next = route.to.get(1);
        if (!grant.isOf(from, route.from.get(0))) {
            if (!next.equals(grant.client)) {
                return by.refuse(request, route, 403, "Not between these two");
            }
            grant.cameBy(route.from.get(0), from);
            return pass(by, request, route, List.of(grant), grant.connection);
        }
        Grant other = grantOf(next);
        if (other != null) {
            return route.to.size() > 2 && route.to.get(2).equals(other.client)
                    ? pass(by, request, route, List.of(grant, other), other.connection)
                    : by.refuse(request, route, 403, "Not between these two");
        }
        MsrpConnection there = grant.connectionOf(next);
        return there == null
                ? connect(by, request, route, grant, next)
                : pass(by, request, route, List.of(grant), there);
    }

    private FrameReceiver connect(Dispatcher by, MsrpRequest request, Route route, Grant grant, MsrpUri next) {
        Target target = Target.of(next);
        if (!grant.user.mayGoTo(target)) {
            LOG.warn("relay: user {} has reached as many next hops as one may", grant.user.name);
            return by.refuse(request, route, 403, "Too many next hops");
        }
        CompletableFuture<MsrpConnection> connected = connections.to(target);
        CompletionStage<Void> known = connected.handle((connection, failure) -> null);
        if (!connected.isDone()) {
            return by.after(known, ignored -> go(by, request, route, grant, target, connected));
        }
        return go(by, request, route, grant, target, connected);
    }

    private FrameReceiver go(
            Dispatcher by,
            MsrpRequest request,
            Route route,
            Grant grant,
            Target target,
            CompletableFuture<MsrpConnection> connected) {
        if (connected.isCompletedExceptionally()) {
            return pass(by, request, route, List.of(grant), null);
        }
        grant.user.goesTo(target, connected.join());
        return pass(by, request, route, List.of(grant), connected.join());
    }

    /** @param to the next hop, or null when it cannot be reached: which the sender is told like any other failure beyond this hop */
    private FrameReceiver pass(Dispatcher by, MsrpRequest request, Route route, List<Grant> via, MsrpConnection to) {
        Lane lane = to == null ? null : lane(by.connection(), to);
        route.passage = Passage.of(route, via, lane);
        if (lane != null) {
            via.forEach(lane::use);
        }
        return forward(by, request, route);
    }

    private Lane lane(MsrpConnection from, MsrpConnection to) {
        Ends ends = new Ends(from, to);
        Lane lane = lanes.get(ends);
        if (lane == null) {
            Lane fresh = new Lane(from, to, settings.limits().waitingOctets(), () -> lanes.remove(ends));
            lanes.put(ends, fresh);
            fresh.start();
            return fresh;
        }
        return lane;
    }

    /** Null too once its client's connection is closing: it ends a moment later. */
    private Grant grantOf(MsrpUri uri) {
        Grant grant = uri.sessionId() == null ? null : grants.get(new SessionId(uri.sessionId()));
        return grant == null || grant.connection.isClosing() ? null : grant;
    }

    /**
     * Grants a URI for so long, or for so long from now on the one that this client has by this connection already (RFC 4976 §5.1).
     * On the event loop of that connection.
     *
     * @return null when the user has as many as there may be, or the connection is closing
     */
    Grant grant(String userName, MsrpUri uri, MsrpConnection connection, Duration expires) {
        Client client = new Client(connection, uri, userName);
        Grant grant = clients.get(client);
        if (grant == null) {
            grant = add(client);
        }
        if (grant != null) {
            grant.extend(expires);
        }
        return grant;
    }

    private Grant add(Client client) {
        RelayUser user = users.compute(client.userName, (name, there) -> {
            RelayUser one = there == null ? new RelayUser(name, settings.limits()) : there;
            one.addGrant();
            return one;
        });
        MsrpUri own = settings.uri();
        Grant grant = new Grant(
                this, endpoint.newUri(own.secure(), own.host(), own.port()), client.uri, client.connection, user);
        if (user.hasTooManyGrants() || !client.connection.enter(grant)) {
            release(user);
            return null;
        }
        grants.put(new SessionId(grant.uri.sessionId()), grant);
        clients.put(client, grant);
        return grant;
    }

    void ended(Grant grant, String reason) {
        LOG.debug("relay: {} of user {} ended: {}", grant.uri, grant.user.name, reason);
        grants.remove(new SessionId(grant.uri.sessionId()));
        clients.remove(new Client(grant.connection, grant.client, grant.user.name));
        release(grant.user);
    }

    private void release(RelayUser user) {
        users.computeIfPresent(user.name, (name, there) -> there.removeGrant() ? null : there);
    }
}
