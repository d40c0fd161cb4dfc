package im.deferred.session;

import im.deferred.core.RefusedException;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.msrp.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.servlet.sip.SipServletMessage;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session in a dialog of its own, whoever of the two invited the other: from the answer on, its connection, its refreshes and its end
 * (RFC 3261 §12 to §15).
 *
 * <p>Events come from the container's threads, timers and the MSRP event loops; each transition is made under the object's lock
 * and what it causes outside is done after.
 */
abstract class DialogSession implements MessagingSession {

    enum State {
        /** No INVITE sent, or one that came not answered. */
        PREPARING,
        /** INVITE sent, no final response. */
        INVITING,
        /** Given up waiting; a final response is still to come. */
        CANCELLING,
        /** The INVITE was answered 200, MSRP connection not there yet. */
        CONNECTING,
        ESTABLISHED,
        /** BYE sent, or about to be. */
        ENDING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(DialogSession.class);

    /** What is understood in a dialog. */
    static final String ALLOW = "INVITE, ACK, CANCEL, BYE, UPDATE";

    /** How long the two ends have to connect after the answer. */
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);

    /** Longer than a transaction lives without an answer (RFC 3261 §17.1.2.2: 32 s). */
    static final int LAST_ANSWER_SECONDS = 40;

    private static final String ATTRIBUTE = DialogSession.class.getName();

    final SipServletRequest invite;
    final ScheduledExecutorService timer;
    final CompletableFuture<Void> established = new CompletableFuture<>();
    private final Function<MsrpAgreement, MsrpSession> opener;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private final SessionTimer sessionTimer;

    private State state = State.PREPARING;
    /** As it is offered or answered; from then on. */
    private volatile Description description;

    /** From the answer on. */
    private SipSession dialog;

    /** From the answer on. */
    private volatile MessageMedia remote;
    /** From the answer on. */
    private volatile MsrpSession media;

    /** Whether an INVITE of ours that refreshes the session is unanswered. */
    private boolean refreshing;

    /**
     * @param opener opens the MSRP session that offer and answer agree to
     * @param timer for the end of what nobody answers; what runs on it is short
     */
    DialogSession(
            SipServletRequest invite, Function<MsrpAgreement, MsrpSession> opener, ScheduledExecutorService timer) {
        this.invite = invite;
        this.opener = opener;
        this.timer = timer;
        this.sessionTimer = new SessionTimer(
                timer, this::refresh, () -> leave(failure(SessionFailure.NO_CONNECTION, "no refresh in time")));
    }

    /** The session that a SIP message belongs to. */
    static Optional<DialogSession> of(SipSession dialog) {
        try {
            Object session = dialog.getAttribute(ATTRIBUTE);
            if (session == null) {
                // A forked 2xx comes in a SipSession of its own, in the same application session (SIP Servlet 1.1
                // §6.2.3.2).
                session = dialog.getApplicationSession().getAttribute(ATTRIBUTE);
            }
            return Optional.ofNullable((DialogSession) session);
        } catch (IllegalStateException e) {
            log.debug("forgotten already", e); // when two BYEs cross, the container may forget before it has told all
            return Optional.empty();
        }
    }

    void attach(SipSession inviting) {
        inviting.setAttribute(ATTRIBUTE, this);
        inviting.getApplicationSession().setAttribute(ATTRIBUTE, this);
    }

    @Override
    public final CompletionStage<Void> established() {
        return established;
    }

    @Override
    public final boolean accepts(String type) {
        return remote.accepts(type);
    }

    @Override
    public final boolean acceptsWrapped(String type) {
        return remote.acceptsWrapped(type);
    }

    @Override
    public final String acceptTypes() {
        return remote.acceptsAsText();
    }

    @Override
    public final OptionalLong maxSize() {
        return remote.maxSize();
    }

    @Override
    public final CompletionStage<Delivery> send(OutgoingMessage message) {
        return media.send(message);
    }

    @Override
    public final CompletionStage<Void> ended() {
        return ended;
    }

    /** Whether its MSRP connection carries other sessions too, or it is not known yet. */
    final boolean sharesConnection() {
        return media == null || media.sharesConnection();
    }

    /** Completes when the other end says BYE; never if it does not. */
    final CompletionStage<Void> left() {
        return left;
    }

    /** What the other end takes and gives. Once its SDP is there. */
    final Terms terms() {
        return remote.terms();
    }

    // What SIP brings, from SessionServlet.

    /** An INVITE of ours, the one that opens the session or a refresh, was answered 2xx. */
    final void answered(SipServletResponse ok) throws IOException {
        if (isToRefresh(ok)) {
            ok.createAck().send();
            refreshAnswered(ok);
        } else {
            accepted(ok);
        }
    }

    /** An INVITE of ours failed. */
    final void refused(SipServletResponse response) {
        if (isToRefresh(response)) {
            refreshAnswered(response);
        } else {
            rejected(response);
        }
    }

    /** The INVITE that opens the session was answered 2xx. */
    void accepted(SipServletResponse ok) throws IOException {}

    /** The INVITE that opens the session failed. */
    void rejected(SipServletResponse response) {}

    private synchronized boolean isToRefresh(SipServletResponse response) {
        boolean pending = refreshing && response.getSession().equals(dialog);
        refreshing &= !pending;
        return pending;
    }

    /** A provisional response to our INVITE. */
    void progressing(SipServletResponse response) {}

    /** The ACK of our 2xx. */
    void acknowledged() {}

    /** The INVITE was cancelled, which the container has answered. */
    void cancelled() {}

    /** The other end said BYE, perhaps before the INVITE was answered. */
    void leftEarly() {}

    /** The other end said BYE, and was answered. */
    final void leftBy(SipSession where) {
        if (isIn(where)) {
            left.complete(null);
            leftEarly();
            over(failure(SessionFailure.NO_CONNECTION, "the client left"));
        }
    }

    /** Seed step 13: the BYE was answered, with whatever status: the dialog is over (RFC 3261 §15.1.1). */
    final void byeAnswered(SipServletResponse response) {
        if (isIn(response.getSession())) {
            over(failure(SessionFailure.NO_CONNECTION, "the session was left"));
        }
    }

    /**
     * A re-INVITE or an UPDATE: a refresh (RFC 4028 §9), perhaps with an offer. One that would move the stream is refused, and the session
     * stays as it was (RFC 3261 §14.2).
     */
    final void refreshed(SipServletRequest request) throws IOException {
        SipServletResponse response;
        try {
            response = refreshedWith(request);
        } catch (RefusedException e) {
            log.info("{} in a session refused, Call-ID {}: {}", request.getMethod(), request.getCallId(), e.toString());
            response = e.response(request);
        }
        response.send();
    }

    /** A refresh of ours was answered. */
    final void refreshAnswered(SipServletResponse response) {
        int status = response.getStatus();
        if (status / 100 == 2) {
            agreed(response);
        } else if (status == 481 || status == 408) {
            leave(failure(status, "a refresh was answered " + status)); // RFC 3261 §12.2.1.2
        } else if (status == SipServletResponse.SC_REQUEST_PENDING) {
            sessionTimer.refreshAgain(pauseAfterGlare());
        }
    }

    /** Both ends asked at once: whose Call-ID it is waits longer (RFC 3261 §14.1). */
    private Duration pauseAfterGlare() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return Duration.ofMillis(hasInvited() ? random.nextLong(2100, 4001) : random.nextLong(2001));
    }

    private SipServletResponse refreshedWith(SipServletRequest request) throws RefusedException, IOException {
        if (!isIn(request.getSession()) || !isOneOf(State.CONNECTING, State.ESTABLISHED)) {
            throw new RefusedException(SipServletResponse.SC_CALL_LEG_DONE, "No Such Session");
        }
        SessionTimer.check(request);
        Optional<String> offer = sdpIn(request);
        SipServletResponse ok = request.createResponse(SipServletResponse.SC_OK);
        if (offer.isPresent()) {
            description.answerAgain(ok, offer.get(), again(offer.get()), connected());
        } else if (request.getMethod().equals("INVITE")) {
            description.offerAgain(ok, connected());
        }
        agree(request, ok);
        return ok;
    }

    /** Reads an offer in the middle of the session. */
    private MessageMedia again(String offer) throws RefusedException {
        try {
            MessageMedia later = MessageMedia.parse(offer);
            if (!remote.isStreamOf(later)) {
                throw new RefusedException(SipServletResponse.SC_NOT_ACCEPTABLE_HERE, "The Stream Cannot Be Changed");
            }
            remote = later;
            return later;
        } catch (SdpException e) {
            throw new RefusedException(SipServletResponse.SC_NOT_ACCEPTABLE_HERE, "Not An Offer For MSRP", e);
        }
    }

    private Setup connected() {
        return role() == Role.ACTIVE ? Setup.ACTIVE : Setup.PASSIVE;
    }

    /** Whether this server sent the INVITE. */
    abstract boolean hasInvited();

    /** Whether this server made the connection. */
    abstract Role role();

    /** What the 200 to a request says beside its SDP. */
    final void agree(SipServletRequest request, SipServletResponse ok) {
        ok.setHeader("Allow", ALLOW);
        sessionTimer.answer(request, ok);
    }

    /** A 2xx to a request of ours. */
    final void agreed(SipServletResponse ok) {
        sessionTimer.answered(ok);
    }

    /** By UPDATE where the other end has it, else by an INVITE with what holds (RFC 4028 §7.4). */
    private void refresh() {
        if (!isOneOf(State.ESTABLISHED)) {
            return;
        }
        try {
            SipServletRequest refresh = dialog.createRequest(allowsUpdate() ? "UPDATE" : "INVITE");
            if (refresh.getMethod().equals("INVITE")) {
                description.offerAgain(refresh, connected());
                synchronized (this) {
                    refreshing = true;
                }
            }
            sessionTimer.refresh(refresh);
            refresh.send();
        } catch (IOException | IllegalStateException e) {
            log.warn("no refresh could be sent: {}", e.getMessage());
        }
    }

    /** What said which methods the other end understands. */
    abstract SipServletMessage peersWord();

    private boolean allowsUpdate() {
        for (Iterator<String> values = peersWord().getHeaders("Allow"); values.hasNext(); ) {
            if (values.next().toUpperCase(Locale.ROOT).matches("(.*[\\s,])?UPDATE([\\s,].*)?")) {
                return true;
            }
        }
        return false;
    }

    // From the answer to the end.

    /** What is said of this end. */
    final void describe(Description said) {
        description = said;
    }

    final Description description() {
        return description;
    }

    /** What is heard of the other end. */
    final void remote(MessageMedia heard) {
        remote = heard;
    }

    final synchronized void dialog(SipSession confirmed) {
        dialog = confirmed;
    }

    final synchronized boolean isIn(SipSession where) {
        return where.equals(dialog);
    }

    /** Opens what was agreed on, and waits for the connection. */
    final void open(MsrpAgreement agreement) {
        media = opener.apply(agreement);
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
     * BYE; only then is told what became of the session, so that what follows it comes later on the wire too. The MSRP connection
     * stays until the BYE is answered: a client that saw it closed before would take the session for broken.
     */
    final void leave(SessionFailure why) {
        if (!moved(State.CONNECTING, State.ENDING) && !moved(State.ESTABLISHED, State.ENDING)) {
            return;
        }
        sessionTimer.stop();
        bye(why);
        established.completeExceptionally(why);
    }

    void bye(SessionFailure why) {
        try {
            dialog.createRequest("BYE").send();
        } catch (IOException | IllegalStateException e) {
            log.warn("no BYE could be sent: {}", e.getMessage());
            over(why);
        }
    }

    final void finish(SessionFailure why) {
        established.completeExceptionally(why);
        letGo();
    }

    final void over(SessionFailure why) {
        synchronized (this) {
            state = State.ENDED;
        }
        sessionTimer.stop();
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

    final synchronized boolean isOneOf(State one, State other) {
        return state == one || state == other;
    }

    final boolean isOneOf(State one) {
        return isOneOf(one, one);
    }

    final synchronized boolean moved(State from, State to) {
        boolean moves = state == from;
        if (moves) {
            state = to;
            if (to == State.CANCELLING || to == State.ENDING) {
                awaitLastAnswer();
            }
        }
        return moves;
    }

    private void awaitLastAnswer() {
        try {
            timer.schedule(this::unanswered, LAST_ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("the server stops: its BYE leaves, and nobody waits for the answer", e);
        }
    }

    /** Neither CANCEL nor BYE has brought the end: a core that is gone answers neither. */
    private void unanswered() {
        over(failure(SessionFailure.NO_CONNECTION, "no answer to the end"));
    }

    private void closeMedia() {
        if (media != null) {
            media.close();
        }
    }

    /** The SDP that a message carries, if it carries anything. */
    static Optional<String> sdpIn(SipServletMessage message) throws IOException {
        byte[] body = message.getRawContent();
        return body == null || body.length == 0
                ? Optional.empty()
                : Optional.of(new String(body, StandardCharsets.UTF_8));
    }

    static SessionFailure failure(int status, String reason) {
        return new SessionFailure(status, Optional.empty(), reason);
    }
}
