package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One MSRP session (RFC 4975 §5): messages go out in the order in which they were given, and come in to its {@link IncomingHandler}.
 *
 * <p>Every method may be called from any thread. The stages complete on the event loop of the session's connection: what hangs on them
 * must not block.
 */
public final class MsrpSession {
    private enum State {
        /** Not yet on a connection. */
        WAITING,
        /** Bound to a connection, and to no other ever after (RFC 4975 §5.4). */
        READY,
        OVER
    }

    private static final Logger LOG = LoggerFactory.getLogger(MsrpSession.class);

    private final MsrpEndpoint endpoint;
    private final MsrpAgreement agreement;
    private final Outbox outbox;
    private final Inbox inbox;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Occupant occupant = new Occupant() {
        @Override
        public void lost(MsrpConnection from, String reason) {
            end(reason);
        }

        @Override
        public void expire() {
            outbox.expire();
        }
    };

    private volatile State state = State.WAITING;
    private volatile MsrpConnection connection;
    /** Ends the session when it is not ready in time. */
    private volatile Future<?> setupTimer;

    MsrpSession(MsrpEndpoint endpoint, MsrpAgreement agreement, MsrpLimits limits) {
        this.endpoint = endpoint;
        this.agreement = agreement;
        this.outbox = new Outbox(this, limits);
        this.inbox = new Inbox(agreement.incoming(), limits);
    }

    /** The URI of this end. */
    public MsrpUri local() {
        return agreement.local();
    }

    /** The URIs to the peer: relays if there are any, then the peer's own. */
    public List<MsrpUri> remotePath() {
        return agreement.remotePath();
    }

    /**
     * Completes when the session has its connection: for {@link Role#ACTIVE} when connected, for {@link Role#PASSIVE} when the peer's
     * first request came. Fails with {@link MsrpSessionException} when it gets none, or is closed before.
     */
    public CompletionStage<Void> ready() {
        return ready;
    }

    /**
     * Sends a message after all those given before; it waits when the session is not ready yet. The chunks of two messages of one session
     * never mix. How many messages are under way at once is the caller's choice.
     *
     * @return completes with what became of it; fails only when its content could not be read, or its Message-ID is the one of another
     *     message that is still under way
     */
    public CompletionStage<Delivery> send(OutgoingMessage message) {
        if (message.content().length() > agreement.maxLength()) {
            return CompletableFuture.completedFuture(
                    new Delivery.Refused(413, "Longer than the peer's max-size " + agreement.maxLength()));
        }
        Outgoing outgoing = outbox.add(message);
        if (state == State.OVER) {
            outbox.loseQueued(new Delivery.Lost("session is over"));
        } else if (connection != null) {
            outbox.askForTurn(connection);
        }
        return outgoing.delivery;
    }

    /** Completes, and never fails, when the session is over: by {@link #close}, by the peer, by an error. */
    public CompletionStage<Void> closed() {
        return closed;
    }

    /**
     * Whether its connection carries others too, now: whoever has it read no further then holds up what they wait for. False before it is
     * {@linkplain #ready ready}.
     */
    public boolean sharesConnection() {
        MsrpConnection on = connection;
        return on != null && on.isShared();
    }

    /** Ends the session: what has no outcome yet is {@link Delivery.Lost}. Its connection is closed when no other session uses it. */
    public void close() {
        end("session closed");
    }

    @Override
    public String toString() {
        return local() + " - " + MsrpUri.formatPath(remotePath());
    }

    // ---- from here on: for the connection and the endpoint ----

    MsrpAgreement agreement() {
        return agreement;
    }

    void setupTimer(Future<?> timer) {
        setupTimer = timer;
        if (state != State.WAITING) {
            timer.cancel(false);
        }
    }

    /**
     * On the event loop of that connection: makes it this session's, if it has none yet. False when it has another, or when that one
     * is not what was agreed on: it is cut then.
     */
    boolean bind(MsrpConnection candidate) {
        if (isWaiting() && !agreement.allows(candidate.isSecure(), candidate.peerCertificate())) {
            candidate.cut("a session that was not agreed on for it, or not for the certificate it shows");
            return false;
        }
        synchronized (this) {
            if (state != State.WAITING) {
                return state == State.READY && connection == candidate;
            }
            if (!candidate.enter(occupant)) {
                return false;
            }
            connection = candidate;
            state = State.READY;
        }
        cancelSetupTimer();
        if (agreement.role() == Role.ACTIVE) {
            outbox.sendEmpty(candidate);
            begin(candidate);
        } else {
            candidate.later(() -> begin(candidate)); // the request that binds it is answered first
        }
        return true;
    }

    private void begin(MsrpConnection on) {
        ready.complete(null);
        on.giveTurn(outbox);
    }

    boolean isWaiting() {
        return state == State.WAITING;
    }

    boolean isOver() {
        return state == State.OVER;
    }

    boolean isOn(MsrpConnection candidate) {
        return connection == candidate && state == State.READY;
    }

    void fail(MsrpSessionException cause) {
        ready.completeExceptionally(cause);
        end(cause.getMessage());
    }

    void end(String reason) {
        MsrpConnection on;
        synchronized (this) {
            if (state == State.OVER) {
                return;
            }
            state = State.OVER;
            on = connection;
        }
        cancelSetupTimer();
        endpoint.forget(this);
        if (on == null) {
            finish(reason);
        } else if (on.loop().inEventLoop()) {
            on.run(() -> leave(on, reason));
        } else {
            on.loop().execute(() -> on.run(() -> leave(on, reason)));
        }
    }

    private void leave(MsrpConnection from, String reason) {
        finish(reason);
        from.forget(outbox);
        from.leave(occupant);
    }

    private void finish(String reason) {
        outbox.lose(reason);
        inbox.abort();
        ready.completeExceptionally(new MsrpSessionException(reason));
        closed.complete(null);
    }

    private void cancelSetupTimer() {
        Future<?> timer = setupTimer;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** On the event loop: a response made room for further chunks. */
    void wantsTurn() {
        if (state == State.READY) {
            connection.giveTurn(outbox);
        }
    }

    Inbox inbox() {
        return inbox;
    }

    /** The response to the SEND without content. Some peers dislike it and work nevertheless, so it decides nothing. */
    void firstAnswer(int status) {
        if (status / 100 != 2) {
            LOG.info("session {}: SEND without content was answered {}", this, status);
        }
    }

    /** A REPORT with a status of another namespace than 000, or one that cannot be read, is ignored (RFC 4975 §7.1.2). */
    void report(MsrpRequest report) {
        String status = report.headers().get(MsrpHeaders.STATUS);
        String range = report.headers().get(MsrpHeaders.BYTE_RANGE);
        if (status == null || !status.matches("000 [1-9][0-9]{2}( .*)?")) {
            LOG.debug("session {}: REPORT ignored: its Status is none of namespace 000", this);
            return;
        }
        try {
            outbox.report(
                    report.headers().get(MsrpHeaders.MESSAGE_ID),
                    range == null ? ByteRange.DEFAULT : ByteRange.parse(range),
                    Integer.parseInt(status.substring(4, 7)),
                    status.substring(7).strip());
        } catch (IllegalArgumentException e) {
            LOG.debug("session {}: REPORT ignored: its Byte-Range is none", this, e);
        }
    }
}
