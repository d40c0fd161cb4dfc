package im.deferred.session;

import im.deferred.core.RetryAfter;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.OutgoingMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session to which this server invited the user: the dialog that sets it up and ends it (RFC 3261 §13, §15), and the connection
 * in it.
 *
 * <p>Events come from the container's threads, timers and the MSRP event loops; each transition is made under the object's lock
 * and what it causes outside is done after.
 */
final class InvitedSession implements MessagingSession {

    private enum State {
        /** Nothing sent: it is not known yet where this server's end will be. */
        PREPARING,
        /** INVITE sent, no final response. */
        INVITING,
        /** Given up waiting; a final response is still to come. */
        CANCELLING,
        /** ACK sent, MSRP connection not there yet. */
        CONNECTING,
        ESTABLISHED,
        /** BYE sent. */
        ENDING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(InvitedSession.class);
    /** How long the two ends have to connect after the ACK. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);

    /** Longer than a transaction lives without an answer (RFC 3261 §17.1.2.2: 32 s). */
    private static final int LAST_ANSWER_SECONDS = 40;

    private static final String ATTRIBUTE = InvitedSession.class.getName();

    private final SipServletRequest invite;
    private final Function<MsrpAgreement, MsrpSession> opener;
    private final ScheduledExecutorService timer;
    private final CompletableFuture<Void> established = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private State state = State.PREPARING;
    /** As it was offered; from the INVITE on. */
    private LocalEnd local;

    /** From the first 2xx on; a fork's that was not taken is another one. */
    private SipSession dialog;

    private MessageMedia remote;
    /** From the answer on. */
    private volatile MsrpSession media;

    /**
     * @param opener opens the MSRP session that the answer agrees to
     * @param timer for the end of what nobody answers; what runs on it is short
     */
    InvitedSession(
            SipServletRequest invite, Function<MsrpAgreement, MsrpSession> opener, ScheduledExecutorService timer) {
        this.invite = invite;
        this.opener = opener;
        this.timer = timer;
    }

    /** The session that a SIP message belongs to. */
    static Optional<InvitedSession> of(SipSession dialog) {
        Object session = dialog.getAttribute(ATTRIBUTE);
        if (session == null) {
            // A forked 2xx comes in a SipSession of its own, in the same application session (SIP Servlet 1.1
            // §6.2.3.2).
            session = dialog.getApplicationSession().getAttribute(ATTRIBUTE);
        }
        return Optional.ofNullable((InvitedSession) session);
    }

    void attach(SipSession inviting) {
        inviting.setAttribute(ATTRIBUTE, this);
        inviting.getApplicationSession().setAttribute(ATTRIBUTE, this);
    }

    @Override
    public CompletionStage<Void> established() {
        return established;
    }

    @Override
    public boolean accepts(String type) {
        return remote.accepts(type);
    }

    @Override
    public boolean acceptsWrapped(String type) {
        return remote.acceptsWrapped(type);
    }

    @Override
    public String acceptTypes() {
        return remote.acceptsAsText();
    }

    @Override
    public OptionalLong maxSize() {
        return remote.maxSize();
    }

    @Override
    public CompletionStage<Delivery> send(OutgoingMessage message) {
        return media.send(message);
    }

    @Override
    public void end() {
        SessionFailure terminated = failure(SipServletResponse.SC_REQUEST_TERMINATED, "given up");
        if (moved(State.PREPARING, State.ENDED)) {
            finish(terminated);
        } else if (moved(State.INVITING, State.CANCELLING)) {
            giveUp(terminated);
        } else {
            leave(failure(SessionFailure.NO_CONNECTION, "given up"));
        }
    }

    @Override
    public CompletionStage<Void> ended() {
        return ended;
    }

    // What SIP brings, from SessionServlet and Sessions.

    /** The INVITE is about to leave: false when it is not wanted any more. */
    boolean offering(LocalEnd offered) {
        synchronized (this) {
            local = offered;
            return moved(State.PREPARING, State.INVITING);
        }
    }

    /** Seed steps 5 to 7: the first 2xx is taken; any other, and one that crossed a CANCEL, is ACKed and BYEd. */
    void answered(SipServletResponse ok) throws IOException {
        boolean wanted;
        synchronized (this) {
            if (ok.getSession().equals(dialog)) {
                return; // repeated: to ACK it again is the container's part
            }
            wanted = moved(State.INVITING, State.CONNECTING);
            if (wanted || moved(State.CANCELLING, State.ENDING)) {
                dialog = ok.getSession();
            }
        }
        if (wanted) {
            take(ok);
        } else {
            ok.createAck().send();
            ok.getSession().createRequest("BYE").send();
        }
    }

    /** The INVITE failed. */
    void refused(SipServletResponse response) {
        fail(new SessionFailure(
                response.getStatus(), RetryAfter.of(response), "INVITE answered " + response.getStatus()));
    }

    /** The INVITE did not leave: as if it had been answered 503 (RFC 3261 §8.1.3.1). */
    void notSent(String reason) {
        log.error("no INVITE could be sent: {}", reason);
        fail(failure(SipServletResponse.SC_SERVICE_UNAVAILABLE, "no INVITE could be sent"));
    }

    /** The time for an answer has run out. */
    void answerTimedOut() {
        if (moved(State.INVITING, State.CANCELLING)) {
            giveUp(failure(SipServletResponse.SC_REQUEST_TIMEOUT, "no answer in time"));
        }
    }

    /** The client said BYE, and was answered. */
    void ended(SipServletRequest bye) {
        overIfIn(bye.getSession());
    }

    /** Seed step 13: the BYE was answered, with whatever status: the dialog is over (RFC 3261 §15.1.1). */
    void byeAnswered(SipServletResponse response) {
        overIfIn(response.getSession());
    }

    private void take(SipServletResponse ok) {
        try {
            ok.createAck().send();
            remote = readAnswer(ok);
            media = opener.apply(remote.agreement(local, IncomingHandler.REFUSE_ALL, CONNECT_TIMEOUT));
        } catch (SdpException e) {
            log.warn("answer of no use, Call-ID {}: {}", ok.getCallId(), e.getMessage());
            leave(failure(SipServletResponse.SC_NOT_ACCEPTABLE_HERE, e.getMessage()));
            return;
        } catch (IOException | RuntimeException e) {
            log.error("answer cannot be followed, Call-ID {}", ok.getCallId(), e);
            leave(failure(SessionFailure.NO_CONNECTION, e.getMessage()));
            return;
        }
        media.ready().whenComplete((ready, failure) -> connected(failure));
        media.closed().thenRun(() -> leave(failure(SessionFailure.NO_CONNECTION, "the MSRP connection is lost")));
    }

    private void connected(Throwable failure) {
        if (failure != null) {
            log.warn("no MSRP connection: {}", failure.getMessage());
            leave(failure(SessionFailure.NO_CONNECTION, failure.getMessage()));
        } else if (moved(State.CONNECTING, State.ESTABLISHED)) {
            established.complete(null);
        } else {
            closeMedia(); // the dialog ended before the connection was there
        }
    }

    /**
     * The core's 100, after which a CANCEL may be sent (RFC 3261 §9.1), is the container's and not told to us. It comes within
     * 200 ms (§17.2.1): should it not be there yet, the INVITE goes on, and a 2xx to it is ended with a BYE.
     */
    private void giveUp(SessionFailure why) {
        established.completeExceptionally(why);
        try {
            invite.createCancel().send();
        } catch (IOException | IllegalStateException e) {
            log.warn("no CANCEL could be sent: {}", e.getMessage());
        }
    }

    /**
     * BYE; only then is told what became of the session, so that what follows it comes later on the wire too. The MSRP connection
     * stays until the BYE is answered: a client that saw it closed before would take the session for broken.
     */
    private void leave(SessionFailure why) {
        if (!moved(State.CONNECTING, State.ENDING) && !moved(State.ESTABLISHED, State.ENDING)) {
            return;
        }
        try {
            dialog.createRequest("BYE").send();
        } catch (IOException | IllegalStateException e) {
            log.warn("no BYE could be sent: {}", e.getMessage());
            over(why);
        }
        established.completeExceptionally(why);
    }

    private void fail(SessionFailure failure) {
        if (moved(State.PREPARING, State.ENDED)
                || moved(State.INVITING, State.ENDED)
                || moved(State.CANCELLING, State.ENDED)) {
            finish(failure);
        }
    }

    private void finish(SessionFailure why) {
        established.completeExceptionally(why);
        letGo();
    }

    private void overIfIn(SipSession where) {
        boolean ours;
        synchronized (this) {
            ours = where.equals(dialog);
        }
        if (ours) {
            over(failure(SessionFailure.NO_CONNECTION, "the client left"));
        }
    }

    private void over(SessionFailure why) {
        synchronized (this) {
            state = State.ENDED;
        }
        closeMedia();
        finish(why);
    }

    /** The container may forget it now: it was to be kept for as long as it takes. */
    private void letGo() {
        try {
            invite.getApplicationSession().setExpires(1);
        } catch (IllegalStateException e) {
            log.debug("forgotten already", e);
        }
        ended.complete(null);
    }

    private synchronized boolean moved(State from, State to) {
        boolean moves = state == from;
        if (moves) {
            state = to;
            if (to == State.CANCELLING || to == State.ENDING) {
                timer.schedule(this::unanswered, LAST_ANSWER_SECONDS, TimeUnit.SECONDS);
            }
        }
        return moves;
    }

    /** Neither CANCEL nor BYE has brought the end: a core that is gone answers neither. */
    private void unanswered() {
        over(failure(SessionFailure.NO_CONNECTION, "no answer to the end"));
    }

    /** From behind a relay it is the relay that reaches the client, over TLS or not as the client's URI says, whatever was offered. */
    private MessageMedia readAnswer(SipServletResponse ok) throws SdpException, IOException {
        byte[] body = ok.getRawContent();
        if (body == null) {
            throw new SdpException("no SDP in the answer");
        }
        MessageMedia answer = MessageMedia.parse(new String(body, StandardCharsets.UTF_8));
        if (answer.port() == 0) {
            throw new SdpException("the stream was rejected");
        }
        if (!local.isBehindRelay() && answer.secure() != local.uri().secure()) {
            throw new SdpException("the answer is not for the stream that was offered");
        }
        if (!local.isBehindRelay() && answer.secure() && !answer.path().get(0).secure()) {
            throw new SdpException("a=path does not begin with msrps: though m=message is over TLS");
        }
        if (!answer.receives()) {
            throw new SdpException("the client does not receive");
        }
        if (answer.setup().filter(Setup.ACTPASS::equals).isPresent()) {
            throw new SdpException("a=setup:actpass answers nothing"); // RFC 4145 §4.1
        }
        return answer;
    }

    private void closeMedia() {
        if (media != null) {
            media.close();
        }
    }

    private static SessionFailure failure(int status, String reason) {
        return new SessionFailure(status, Optional.empty(), reason);
    }
}
