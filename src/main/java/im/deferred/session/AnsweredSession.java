package im.deferred.session;

import im.deferred.core.RefusedException;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.Role;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.servlet.sip.SipServletMessage;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A session to which a user invited this server (RFC 3261 §13.3): it is answered once, now or later. */
final class AnsweredSession extends DialogSession {

    private static final Logger log = LoggerFactory.getLogger(AnsweredSession.class);

    private final String sdp;
    private final MessageMedia offer;
    private final CompletableFuture<Void> givenUp = new CompletableFuture<>();
    /** Whether the 2xx was ACKed: a BYE waits for that (RFC 3261 §15). */
    private boolean acknowledged;

    /** What waits for the ACK. */
    private Optional<SessionFailure> byeOwed = Optional.empty();

    private Optional<MsrpAgreement> toOpen = Optional.empty();

    /**
     * @throws RefusedException when the INVITE holds no offer that can be answered
     */
    AnsweredSession(
            SipServletRequest invite, Function<MsrpAgreement, MsrpSession> opener, ScheduledExecutorService timer)
            throws RefusedException {
        super(invite, opener, timer);
        SessionTimer.check(invite);
        try {
            sdp = sdpIn(invite).orElseThrow(() -> new SdpException("no offer in the INVITE"));
            offer = MessageMedia.parse(sdp);
            if (offer.port() == 0) {
                throw new SdpException("no stream is offered");
            }
            offer.requireSecurePath();
        } catch (SdpException | IOException e) {
            throw new RefusedException(SipServletResponse.SC_NOT_ACCEPTABLE_HERE, "No Offer For MSRP", e);
        }
        remote(offer);
        dialog(invite.getSession());
    }

    MessageMedia offer() {
        return offer;
    }

    /** Completes when the user does not want it any more, before it is answered; never if it is answered first. */
    CompletionStage<Void> givenUp() {
        return givenUp;
    }

    /** A provisional response on the way to the answer. */
    void ring(int status) {
        if (!isOneOf(State.PREPARING)) {
            return;
        }
        try {
            invite.createResponse(status).send();
        } catch (IOException | IllegalStateException e) {
            log.warn("no {} could be sent: {}", status, e.getMessage()); // a CANCEL was quicker
        }
    }

    /**
     * Answers with 200. Where the user connects, that is waited for before the answer leaves; where this server does, it waits for the ACK:
     * only then the user knows whom to expect.
     *
     * @param incoming takes what the user sends
     */
    void answer(Description said, IncomingHandler incoming) {
        synchronized (this) {
            describe(said);
            if (!moved(State.PREPARING, State.CONNECTING)) {
                return;
            }
        }
        try {
            MsrpAgreement agreement = offer.agreementAnswered(said.media().end(), incoming, CONNECT_TIMEOUT);
            if (agreement.role() == Role.PASSIVE) {
                open(agreement);
            } else {
                synchronized (this) {
                    toOpen = Optional.of(agreement);
                }
            }
            SipServletResponse ok = invite.createResponse(SipServletResponse.SC_OK);
            said.answer(ok, sdp);
            agree(invite, ok);
            ok.send();
        } catch (IOException | RuntimeException e) {
            // A CANCEL was quicker, or there is no way to answer: as without an ACK, nobody is there to be told.
            log.warn("INVITE {} could not be answered: {}", invite.getCallId(), e.toString());
            over(failure(SessionFailure.NO_CONNECTION, "no answer could be sent"));
            return;
        }
        timer.schedule(this::acknowledgedInVain, LAST_ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    /** Answers with a failure. */
    void refuse(RefusedException why) {
        if (!moved(State.PREPARING, State.ENDED)) {
            return;
        }
        try {
            why.response(invite).send();
        } catch (IOException | IllegalStateException e) {
            log.warn("INVITE {} could not be answered: {}", invite.getCallId(), e.toString());
        }
        finish(failure(why.status(), why.getMessage()));
    }

    @Override
    void cancelled() {
        if (moved(State.PREPARING, State.ENDED)) {
            givenUp.complete(null);
            finish(failure(SipServletResponse.SC_REQUEST_TERMINATED, "cancelled"));
        }
    }

    /** A BYE ends an early dialog too, and its INVITE is still to be answered (RFC 3261 §15.1.2). */
    @Override
    void leftEarly() {
        refuse(new RefusedException(SipServletResponse.SC_REQUEST_TERMINATED, "Request Terminated"));
    }

    @Override
    public void end() {
        refuse(new RefusedException(480, "Given Up")); // before it is answered; else that does nothing
        leave(failure(SessionFailure.NO_CONNECTION, "given up"));
    }

    @Override
    void acknowledged() {
        Optional<SessionFailure> bye;
        Optional<MsrpAgreement> connection;
        synchronized (this) {
            acknowledged = true;
            bye = byeOwed;
            byeOwed = Optional.empty();
            connection = toOpen;
            toOpen = Optional.empty();
        }
        if (bye.isPresent()) {
            super.bye(bye.get());
        } else if (connection.isPresent() && isOneOf(State.CONNECTING)) {
            connect(connection.get());
        }
    }

    private void connect(MsrpAgreement agreement) {
        try {
            open(agreement);
        } catch (RuntimeException e) {
            log.error("answer cannot be followed, Call-ID {}", invite.getCallId(), e);
            leave(failure(SessionFailure.NO_CONNECTION, e.getMessage()));
        }
    }

    /** No ACK will come: the dialog is confirmed all the same, and ended (RFC 3261 §13.3.1.4). */
    private void acknowledgedInVain() {
        boolean came;
        synchronized (this) {
            came = acknowledged;
            toOpen = Optional.empty();
        }
        if (!came) {
            log.warn("no ACK came, Call-ID {}", invite.getCallId());
            acknowledged();
            end();
        }
    }

    @Override
    void bye(SessionFailure why) {
        synchronized (this) {
            if (!acknowledged) {
                byeOwed = Optional.of(why);
                return;
            }
        }
        super.bye(why);
    }

    @Override
    boolean hasInvited() {
        return false;
    }

    @Override
    Role role() {
        return offer.roleOfAnswerer();
    }

    @Override
    SipServletMessage peersWord() {
        return invite;
    }
}
