package im.deferred.msrp;

import im.deferred.msrp.auth.Credentials;
import io.netty.channel.Channel;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MSRP stack of a node: its listeners, its connections, its sessions. The threads (daemons named {@code msrp-…}) belong to it and end
 * with {@link #close}.
 */
public final class MsrpEndpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MsrpEndpoint.class);

    /** Octets of randomness in a session id; at least ten are required (RFC 4975 §14.1). */
    private static final int SESSION_ID_OCTETS = 16;

    private static final int CLOSE_SECONDS = 3;

    private final MsrpLimits limits;
    private final SecureRandom random = new SecureRandom();
    private final MultiThreadIoEventLoopGroup loops;
    private final ExecutorService resolver;
    private final Connections connections;
    private final Sweeps sweeps;
    private final Queue<Channel> listeners = new ConcurrentLinkedQueue<>();
    private final Map<SessionId, MsrpSession> sessions = new ConcurrentHashMap<>();
    /** Of each offer without an answer so far: completes with the answer. */
    private final Map<SessionId, CompletableFuture<Void>> offers = new ConcurrentHashMap<>();

    private volatile Relay relay;
    private volatile boolean closed;

    /** An endpoint without TLS, with a thread for each processor. */
    public MsrpEndpoint(MsrpLimits limits) {
        this(limits, Runtime.getRuntime().availableProcessors(), null);
    }

    /**
     * @param threads event loops, 1 or more
     * @param tls for connections to {@code msrps:} URIs, or null when there shall be none
     * @throws IllegalArgumentException when there is no TLS with that key or those authorities
     */
    public MsrpEndpoint(MsrpLimits limits, int threads, MsrpTls tls) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be positive: " + threads);
        }
        this.limits = limits;
        loops = new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("msrp", true), NioIoHandler.newFactory());
        ThreadPoolExecutor lookups = new ThreadPoolExecutor(
                2, 2, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DefaultThreadFactory("msrp-dns", true));
        lookups.allowCoreThreadTimeOut(true);
        resolver = lookups;
        sweeps = new Sweeps(limits);
        connections = new Connections(this, limits, loops, tls, resolver, random);
    }

    /**
     * Listens for MSRP over TCP.
     *
     * @param address port 0 for any free one
     * @return the address it listens on
     * @throws IOException when it cannot, a {@link java.net.BindException} when the port is in use
     */
    public InetSocketAddress listen(InetSocketAddress address) throws IOException {
        return listen(address, null);
    }

    /**
     * Listens for MSRP over TLS, or over TCP when {@code tls} is null; else like {@link #listen(InetSocketAddress)}.
     *
     * @param tls whose certificate is shown; that of the other end is asked for, and looked at when a session comes that needs it
     */
    public InetSocketAddress listen(InetSocketAddress address, MsrpTls tls) throws IOException {
        if (closed) {
            throw new IOException("endpoint is closed");
        }
        Channel listener = connections.listen(address, tls);
        listeners.add(listener);
        InetSocketAddress bound = (InetSocketAddress) listener.localAddress();
        LOG.debug("MSRP{} on {}", tls == null ? "" : " over TLS", bound);
        return bound;
    }

    /**
     * Makes this endpoint a relay too (RFC 4976): it grants URIs to those whose credentials are known, and passes on what comes to them.
     * To be called once, before or after {@link #listen}.
     *
     * @throws IllegalStateException when it is one already
     */
    public synchronized void relay(RelaySettings settings, Credentials credentials) {
        if (relay != null) {
            throw new IllegalStateException("it is a relay already");
        }
        relay = new Relay(this, connections, settings, credentials, random);
    }

    /** The relay that this endpoint is, or null. */
    Relay relay() {
        return relay;
    }

    /** A URI with a fresh session id of 128 random bits, over TCP. */
    public MsrpUri newUri(String host, int port) {
        return newUri(false, host, port);
    }

    /** A URI with a fresh session id of 128 random bits, {@code msrps:} when {@code secure}. */
    public MsrpUri newUri(boolean secure, String host, int port) {
        byte[] octets = new byte[SESSION_ID_OCTETS];
        random.nextBytes(octets);
        return new MsrpUri(
                secure, host, port, Base64.getUrlEncoder().withoutPadding().encodeToString(octets));
    }

    /**
     * A fresh URI for the {@code a=path} of an offer, {@code msrps:} when {@code secure}. A peer that connects may be quicker than its own
     * answer on its way through proxies: what it sends to this URI waits until the session is opened, or the offer withdrawn. One of the
     * two must follow.
     */
    public MsrpUri offer(boolean secure, String host, int port) {
        MsrpUri local = newUri(secure, host, port);
        offers.put(new SessionId(local.sessionId()), new CompletableFuture<>());
        return local;
    }

    /** Nothing came of an offer; does nothing when its session was opened. */
    public void withdraw(MsrpUri local) {
        CompletableFuture<Void> offer = offers.remove(new SessionId(local.sessionId()));
        if (offer != null) {
            offer.complete(null);
        }
    }

    /**
     * Opens a session that SDP has agreed on, and returns at once; {@link MsrpSession#ready} tells when it can be used.
     *
     * @throws IllegalStateException when a session of that id is open, or the endpoint is closed
     */
    public MsrpSession open(MsrpAgreement agreement) {
        MsrpUri local = agreement.local();
        Duration setupTimeout = agreement.setupTimeout();
        MsrpSession session = new MsrpSession(this, agreement, limits);
        if (sessions.putIfAbsent(new SessionId(local.sessionId()), session) != null) {
            throw new IllegalStateException("session id in use: " + local);
        }
        withdraw(local);
        if (closed) {
            session.close();
            throw new IllegalStateException("endpoint is closed");
        }
        session.setupTimer(loops.schedule(
                () -> session.fail(new MsrpSessionException("no connection within " + setupTimeout)),
                setupTimeout.toMillis(),
                TimeUnit.MILLISECONDS));
        if (agreement.role() == Role.ACTIVE) {
            connect(session);
        }
        return session;
    }

    /**
     * Authenticates to a relay, so that a session of this end can stand behind it (RFC 4976 §5.1).
     *
     * @param local the URI of the session to be
     * @return fails with an exception that says why when the relay cannot be reached or grants nothing
     */
    public CompletionStage<RelayGrant> authorize(MsrpUri local, RelayAccess access) {
        return connections
                .to(access.target())
                .thenCompose(connection -> RelayGrant.ask(connection, local, access, () -> authorize(local, access)));
    }

    private void connect(MsrpSession session) {
        session.agreement()
                .relay()
                .map(grant -> CompletableFuture.completedFuture(grant.connection()))
                .orElseGet(() -> connections.to(Target.of(session.agreement())))
                .whenComplete((connection, failure) -> {
                    if (failure != null) {
                        session.fail(new MsrpSessionException(
                                "cannot connect to " + session.remotePath().get(0) + ": " + failure.getMessage(),
                                failure));
                    } else {
                        connection.loop().execute(() -> connection.run(() -> enter(connection, session)));
                    }
                });
    }

    /** A connection that is just closing is no longer known to {@link #connections}: then another one is made. */
    private void enter(MsrpConnection connection, MsrpSession session) {
        if (!session.bind(connection)) {
            connection.closeIfUnused();
            if (session.isWaiting() && session.agreement().relay().isPresent()) {
                session.fail(new MsrpSessionException("the connection to the relay is closing"));
            } else if (session.isWaiting()) {
                connect(session);
            }
        }
    }

    /** The session that a request of that route is for, or null. */
    MsrpSession session(Route route) {
        if (route.session != null && !route.session.isOver()) {
            return route.session;
        }
        MsrpSession session = addressed(route);
        if (session == null || !session.agreement().isFromPeer(route.from)) {
            return null;
        }
        route.session = session;
        return session;
    }

    /** The session that a REPORT of that route is for, or null: one that came all the way, or one of a relay on the way. */
    MsrpSession reported(Route route) {
        MsrpSession session = session(route);
        if (session != null) {
            return session;
        }
        session = addressed(route);
        return session == null || !session.agreement().isFromRelay(route.from) ? null : session;
    }

    private MsrpSession addressed(Route route) {
        String id = route.to.get(0).sessionId();
        return id == null || route.to.size() > 1 ? null : sessions.get(new SessionId(id));
    }

    /** Completes when it is known whether the session of that route comes about; null when it was not offered. */
    CompletionStage<Void> offered(Route route) {
        String id = route.to.get(0).sessionId();
        return id == null ? null : offers.get(new SessionId(id));
    }

    void forget(MsrpSession session) {
        sessions.remove(new SessionId(session.local().sessionId()), session);
    }

    Sweeps sweeps() {
        return sweeps;
    }

    void forget(MsrpConnection connection) {
        connections.forget(connection);
    }

    /** Ends all sessions and connections and stops the threads; takes a few seconds at most. Not to be called from an event loop. */
    @Override
    public void close() {
        if (loops.isShuttingDown()) {
            return;
        }
        closed = true;
        listeners.forEach(listener -> listener.close().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS));
        List<MsrpSession> open = new ArrayList<>(sessions.values());
        open.forEach(MsrpSession::close);
        awaitEnd(open);
        resolver.shutdownNow();
        connections.close(Duration.ofSeconds(CLOSE_SECONDS));
        awaitLoops();
        boolean stopped = loops.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(2 * CLOSE_SECONDS, TimeUnit.SECONDS);
        if (!stopped) {
            LOG.warn("MSRP threads did not stop in time");
        }
    }

    /** What ends with a connection may have something to do on the loop of another one, and that on the first one's again. */
    private void awaitLoops() {
        for (int i = 0; i < 3; i++) {
            for (EventExecutor loop : loops) {
                loop.submit(() -> {}).awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private static void awaitEnd(List<MsrpSession> open) {
        CompletableFuture<?>[] ends = open.stream()
                .map(session -> session.closed().toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(ends).get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("MSRP sessions did not end in time", e);
        }
    }
}
