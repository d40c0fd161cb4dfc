package im.deferred.session;

import im.deferred.core.RetryAfter;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.Role;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.function.IntConsumer;
import javax.servlet.sip.SipServletMessage;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A session to which this server invited the user (RFC 3261 §13.2). */
final class InvitedSession extends DialogSession {

    private static final Logger log = LoggerFactory.getLogger(InvitedSession.class);

    private final IncomingHandler incoming;
    private final IntConsumer progress;
    private volatile Role role;
    private volatile SipServletResponse answer;

    /** One in which this server sends, and takes nothing. */
    InvitedSession(
            SipServletRequest invite, Function<MsrpAgreement, MsrpSession> opener, ScheduledExecutorService timer) {
        this(invite, opener, timer, IncomingHandler.REFUSE_ALL, status -> {});
    }

    /**
     * @param incoming takes what the client sends
     * @param progress is told the status of each provisional response
     */
    InvitedSession(
            SipServletRequest invite,
            Function<MsrpAgreement, MsrpSession> opener,
            ScheduledExecutorService timer,
            IncomingHandler incoming,
            IntConsumer progress) {
        super(invite, opener, timer);
        this.incoming = incoming;
        this.progress = progress;
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

    /** The INVITE is about to leave: false when it is not wanted any more. */
    synchronized boolean offering(Description offered) {
        describe(offered);
        return moved(State.PREPARING, State.INVITING);
    }

    @Override
    void progressing(SipServletResponse response) {
        if (isOneOf(State.INVITING) && response.getStatus() > 100) {
            progress.accept(response.getStatus());
        }
    }

    /** Seed steps 5 to 7: the first 2xx is taken; any other, and one that crossed a CANCEL, is ACKed and BYEd. */
    @Override
    void accepted(SipServletResponse ok) throws IOException {
        boolean wanted;
        synchronized (this) {
            if (isIn(ok.getSession())) {
                return; // repeated: to ACK it again is the container's part
            }
            wanted = moved(State.INVITING, State.CONNECTING);
            if (wanted || moved(State.CANCELLING, State.ENDING)) {
                dialog(ok.getSession());
            }
        }
        if (wanted) {
            take(ok);
        } else {
            ok.createAck().send();
            ok.getSession().createRequest("BYE").send();
        }
    }

    @Override
    void rejected(SipServletResponse response) {
        answer = response;
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

    /** The response that refused the INVITE, if one did. */
    Optional<SipServletResponse> refusal() {
        return Optional.ofNullable(answer).filter(response -> response.getStatus() >= 300);
    }

    @Override
    boolean hasInvited() {
        return true;
    }

    @Override
    Role role() {
        return role;
    }

    @Override
    SipServletMessage peersWord() {
        return answer;
    }

    private void take(SipServletResponse ok) {
        answer = ok;
        try {
            ok.createAck().send();
            MessageMedia remote = readAnswer(ok);
            MsrpAgreement agreement = remote.agreement(description().media().end(), incoming, CONNECT_TIMEOUT);
            role = agreement.role();
            remote(remote);
            agreed(ok);
            open(agreement);
        } catch (SdpException e) {
            log.warn("answer of no use, Call-ID {}: {}", ok.getCallId(), e.getMessage());
            leave(failure(SipServletResponse.SC_NOT_ACCEPTABLE_HERE, e.getMessage()));
        } catch (IOException | RuntimeException e) {
            log.error("answer cannot be followed, Call-ID {}", ok.getCallId(), e);
            leave(failure(SessionFailure.NO_CONNECTION, e.getMessage()));
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

    private void fail(SessionFailure failure) {
        if (moved(State.PREPARING, State.ENDED)
                || moved(State.INVITING, State.ENDED)
                || moved(State.CANCELLING, State.ENDED)) {
            finish(failure);
        }
    }

    /** From behind a relay it is the relay that reaches the client, over TLS or not as the client's URI says, whatever was offered. */
    private MessageMedia readAnswer(SipServletResponse ok) throws SdpException, IOException {
        LocalMedia offered = description().media();
        MessageMedia answer = MessageMedia.parse(sdpIn(ok).orElseThrow(() -> new SdpException("no SDP in the answer")));
        if (answer.port() == 0) {
            throw new SdpException("the stream was rejected");
        }
        if (!offered.end().isBehindRelay()) {
            if (answer.secure() != offered.end().uri().secure()) {
                throw new SdpException("the answer is not for the stream that was offered");
            }
            answer.requireSecurePath();
        }
        if (!answer.receives() && !offered.terms().direction().receives()) {
            throw new SdpException("the client does not receive");
        }
        if (answer.setup().filter(Setup.ACTPASS::equals).isPresent()) {
            throw new SdpException("a=setup:actpass answers nothing"); // RFC 4145 §4.1
        }
        return answer;
    }
}
