package im.deferred.msrp;

import im.deferred.msrp.auth.DigestClient;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpRequest;
import im.deferred.msrp.frame.MsrpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a relay granted to one session of this end (RFC 4976 §5.1): the URIs that go before its own. It is renewed by itself until it is
 * closed, or the connection to the relay is lost. Every method may be called from any thread.
 */
public final class RelayGrant implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RelayGrant.class);

    /** A relay that grants a URI for longer is asked again all the same. */
    private static final long MOST_SECONDS = 86_400;

    private final MsrpUri local;
    private final RelayAccess access;
    private final MsrpConnection connection;
    private final CompletableFuture<RelayGrant> granted = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Occupant occupant = (lost, reason) -> end(reason);

    private volatile List<MsrpUri> usePath = List.of();
    private volatile Duration expires = Duration.ZERO;
    private Future<?> renewal;
    private boolean over;

    private RelayGrant(MsrpUri local, RelayAccess access, MsrpConnection connection) {
        this.local = local;
        this.access = access;
        this.connection = connection;
    }

    /**
     * Authenticates on that connection.
     *
     * @param elsewhere asks on another one, when this one is just closing
     */
    static CompletionStage<RelayGrant> ask(
            MsrpConnection connection,
            MsrpUri local,
            RelayAccess access,
            Supplier<CompletionStage<RelayGrant>> elsewhere) {
        CompletableFuture<RelayGrant> asking = new CompletableFuture<>();
        connection.execute(() -> {
            RelayGrant grant = new RelayGrant(local, access, connection);
            boolean entered = connection.enter(grant.occupant);
            if (entered) {
                grant.authenticate(null);
            }
            asking.complete(entered ? grant : null);
        });
        return asking.thenCompose(grant -> grant == null ? elsewhere.get() : grant.granted);
    }

    /** The URI of the session that it is for. */
    MsrpUri local() {
        return local;
    }

    /** What goes before the peer's path in To-Path: the nearest relay first (RFC 4976 §5.1). */
    public List<MsrpUri> usePath() {
        return usePath;
    }

    /** What stands in the {@code a=path} of this end's SDP: the relay farthest from this end first, this end last. */
    public List<MsrpUri> localPath() {
        List<MsrpUri> path = new ArrayList<>(usePath);
        Collections.reverse(path);
        path.add(local);
        return List.copyOf(path);
    }

    /** For how long the relay granted it the last time. */
    public Duration expires() {
        return expires;
    }

    /** Completes, and never fails, when the grant is over. */
    public CompletionStage<Void> closed() {
        return closed;
    }

    MsrpConnection connection() {
        return connection;
    }

    /** Renews it no more, and lets the connection to the relay go when nothing else uses it. */
    @Override
    public void close() {
        connection.execute(() -> end("closed"));
    }

    /** @param authorization null for the first request, which the relay answers with a challenge */
    private void authenticate(String authorization) {
        MsrpHeaders headers = new MsrpHeaders()
                .add(MsrpHeaders.EXPIRES, Long.toString(access.expires().toSeconds()));
        if (authorization != null) {
            headers.add(MsrpHeaders.AUTHORIZATION, authorization);
        }
        MsrpRequest auth = new MsrpRequest(
                connection.writer().newTransactionId(),
                MsrpRequest.AUTH,
                access.relay().toString(),
                local.toString(),
                headers);
        connection.writer().writeRequest(auth, null, Continuation.COMPLETE, new Transactions.Waiting() {
            @Override
            public void answered(MsrpResponse response) {
                take(response, authorization == null);
            }

            @Override
            public void answered(int status, String comment) {
                end("AUTH answered " + status);
            }
        });
    }

    private void take(MsrpResponse response, boolean first) {
        if (over) {
            return;
        }
        try {
            if (response.status() == 401 && first) {
                List<String> challenges = response.headers().all(MsrpHeaders.WWW_AUTHENTICATE);
                authenticate(DigestClient.answer(
                        challenges, MsrpRequest.AUTH, access.relay().toString(), access.user(), access.password()));
            } else if (response.success()) {
                usePath = MsrpUri.parsePath(required(response, MsrpHeaders.USE_PATH));
                long seconds = Long.parseLong(required(response, MsrpHeaders.EXPIRES));
                expires = Duration.ofSeconds(Math.max(1, Math.min(seconds, MOST_SECONDS)));
                renewal = connection.schedule(
                        () -> authenticate(null), expires.multipliedBy(3).dividedBy(4));
                granted.complete(this);
            } else {
                end("AUTH answered " + response.status());
            }
        } catch (IllegalArgumentException e) {
            LOG.warn("relay {}: answer to AUTH is of no use: {}", access.relay(), e.getMessage());
            end("answer to AUTH is of no use");
        }
    }

    private static String required(MsrpResponse response, String name) {
        String value = response.headers().get(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name);
        }
        return value;
    }

    private void end(String reason) {
        if (over) {
            return;
        }
        over = true;
        if (renewal != null) {
            renewal.cancel(false);
        }
        connection.leave(occupant);
        granted.completeExceptionally(new MsrpSessionException("relay " + access.relay() + ": " + reason));
        closed.complete(null);
    }
}
