package im.deferred.msrp;

import im.deferred.msrp.auth.Verification;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpRequest;
import im.deferred.msrp.frame.MsrpResponse;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One AUTH request to the relay, answered 200 with the URI that is granted, or with what is wrong with it (RFC 4976 §6.4). */
final class Authentication implements FrameReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(Authentication.class);

    /** With wrong credentials on one connection, which is closed then (RFC 4976 §6.2). */
    private static final int MOST_REFUSALS = 4;

    private final Relay relay;
    private final RelayLimits limits;
    private final Dispatcher by;
    private final MsrpConnection connection;
    private final MsrpRequest request;
    private final Route route;

    Authentication(Relay relay, Dispatcher by, MsrpRequest request, Route route) {
        this.relay = relay;
        this.limits = relay.settings().limits();
        this.by = by;
        this.connection = by.connection();
        this.request = request;
        this.route = route;
    }

    @Override
    public void piece(ByteBuf content) {
        content.release();
    }

    @Override
    public void end(Continuation continuation) {
        String authorization = request.headers().get(MsrpHeaders.AUTHORIZATION);
        if (!connection.isSecure() && !relay.settings().authOverTcp()) {
            by.fault("AUTH without TLS refused");
            respond(403, "AUTH needs TLS", new MsrpHeaders());
        } else if (authorization == null) {
            challenge(false);
        } else {
            CompletableFuture<Void> decided = new CompletableFuture<>();
            connection.whenDone(
                    relay.digest().verify(authorization, request.method(), route.toPath), (verification, failure) -> {
                        decide(verification, failure);
                        decided.complete(null);
                    });
            connection.pauseUntil(decided, ignored -> {});
        }
    }

    private void decide(Verification verification, Throwable failure) {
        if (failure != null) {
            LOG.warn("relay: credentials cannot be looked up", failure);
            respond(403, "Not now", new MsrpHeaders());
        } else if (verification instanceof Verification.Accepted accepted) {
            grant(accepted);
        } else if (verification instanceof Verification.Refused refused) {
            LOG.info("MSRP connection {}: AUTH refused: {}", connection, refused.reason());
            challenge(refused.stale());
            // Behind another relay there may be many, and most of them honest.
            boolean neighbour = route.from.size() == 1;
            if (!refused.stale() && neighbour && connection.authRefused() >= MOST_REFUSALS) {
                connection.cut("wrong credentials " + MOST_REFUSALS + " times");
            }
        }
    }

    private void challenge(boolean stale) {
        MsrpHeaders headers = new MsrpHeaders();
        relay.digest().challenges(stale).forEach(each -> headers.add(MsrpHeaders.WWW_AUTHENTICATE, each));
        respond(401, "Unauthorized", headers);
    }

    private void grant(Verification.Accepted accepted) {
        Duration expires = limits.defaultExpires();
        String asked = request.headers().get(MsrpHeaders.EXPIRES);
        if (asked != null) {
            if (!asked.matches("[0-9]{1,10}")) {
                respond(400, "Expires is no number", new MsrpHeaders());
                return;
            }
            expires = Duration.ofSeconds(Long.parseLong(asked));
        }
        if (expires.compareTo(limits.minExpires()) < 0) {
            respond(423, "Interval Out-of-Bounds", seconds(MsrpHeaders.MIN_EXPIRES, limits.minExpires()));
        } else if (expires.compareTo(limits.maxExpires()) > 0) {
            respond(423, "Interval Out-of-Bounds", seconds(MsrpHeaders.MAX_EXPIRES, limits.maxExpires()));
        } else {
            grant(accepted, expires);
        }
    }

    private void grant(Verification.Accepted accepted, Duration expires) {
        Grant grant = relay.grant(accepted.user(), route.from.get(0), connection, expires);
        if (grant == null) {
            LOG.warn("relay: user {} has as many URIs as one may", accepted.user());
            respond(403, "Too many sessions", new MsrpHeaders());
            return;
        }
        respond(
                200,
                "OK",
                new MsrpHeaders()
                        .add(MsrpHeaders.USE_PATH, usePath(grant))
                        .add(MsrpHeaders.EXPIRES, Long.toString(expires.toSeconds()))
                        .add(MsrpHeaders.AUTHENTICATION_INFO, accepted.authenticationInfo()));
    }

    /** In the order in which the client's messages pass them: the relays that the AUTH came through, then this one. */
    private String usePath(Grant grant) {
        List<MsrpUri> path = new ArrayList<>(route.from.subList(0, route.from.size() - 1));
        Collections.reverse(path);
        path.add(grant.uri);
        return MsrpUri.formatPath(path);
    }

    private static MsrpHeaders seconds(String name, Duration value) {
        return new MsrpHeaders().add(name, Long.toString(value.toSeconds()));
    }

    /** The response to AUTH goes the whole way back (RFC 4976 §6.4). */
    private void respond(int status, String comment, MsrpHeaders headers) {
        connection
                .writer()
                .respond(new MsrpResponse(
                        request.transactionId(), status, comment, route.fromPath, route.replyFrom, headers));
    }
}
