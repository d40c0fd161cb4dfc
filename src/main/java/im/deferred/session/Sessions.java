package im.deferred.session;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import im.deferred.core.SipIpCore;
import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import javax.servlet.ServletException;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens MSRP sessions with users: toward them, with INVITE, answer, ACK and the MSRP connection (seed steps 2 to 7), and in answer to them. */
public final class Sessions {

    private static final Logger log = LoggerFactory.getLogger(Sessions.class);

    private final SipIpCore core;
    private final MsrpEndpoint msrp;
    private final LocalEnd.Source localEnds;
    private final List<Fingerprint> certificates;
    private final ScheduledExecutorService timer;
    private final Duration answerTimeout;
    private final AtomicLong sdpSessionId = new AtomicLong(System.currentTimeMillis());

    /**
     * @param localEnds gives ends of this server, their URIs {@linkplain MsrpEndpoint#offer offered} by {@code msrp} or behind a relay
     * @param certificates of this server, for sessions over TLS
     * @param timer for the time an INVITE may take; what runs on it is short
     * @param answerTimeout how long an INVITE of the server's own may go unanswered before it is cancelled
     */
    public Sessions(
            SipIpCore core,
            MsrpEndpoint msrp,
            LocalEnd.Source localEnds,
            List<Fingerprint> certificates,
            ScheduledExecutorService timer,
            Duration answerTimeout) {
        this.core = core;
        this.msrp = msrp;
        this.localEnds = localEnds;
        this.certificates = List.copyOf(certificates);
        this.timer = timer;
        this.answerTimeout = answerTimeout;
    }

    /**
     * Invites a user to a session in which this server sends.
     *
     * @param types the content types that may be sent in it, in order of preference, for {@code a=accept-types}
     * @param oneAtATime whether each SEND waits for the answer to the one before it
     * @return the session to be; {@link MessagingSession#established} tells when it is one
     */
    public MessagingSession invite(Aor user, List<String> types, boolean oneAtATime) {
        SipServletRequest invite = core.requestTo(user, "INVITE", forAsLongAsItLasts(core.newApplicationSession()));
        invite.setHeader("Accept-Contact", "*;+g.oma.sip-im");
        InvitedSession session = new InvitedSession(
                invite, agreed -> msrp.open(oneAtATime ? agreed.sendingOneAtATime() : agreed), timer);
        invite(session, Terms.sending(types), answerTimeout);
        return session;
    }

    /**
     * Invites in place of somebody who invited a user of ours: the same INVITE, but for the stream.
     *
     * @param terms of the stream, as whoever invited said them
     * @param wait how long it may go unanswered before it is cancelled
     * @param incoming takes what the user sends
     * @param progress is told the status of each provisional response
     * @throws RefusedException if the INVITE cannot go on
     */
    InvitedSession inviteFor(
            SipServletRequest original, Terms terms, Duration wait, IncomingHandler incoming, IntConsumer progress)
            throws RefusedException {
        SipServletRequest invite = EndToEnd.onward(core, original, forAsLongAsItLasts(core.newApplicationSession()));
        InvitedSession session = new InvitedSession(invite, msrp::open, timer, incoming, progress);
        invite(session, terms, wait);
        return session;
    }

    private void invite(InvitedSession session, Terms terms, Duration wait) {
        localEnds.toOffer().whenComplete((local, failure) -> {
            if (failure == null) {
                letGoOf(local, session);
                offer(session, LocalMedia.offering(local, terms, certificates), wait);
            } else {
                notSent(session, cause(failure).toString());
            }
        });
    }

    private void offer(InvitedSession session, LocalMedia local, Duration wait) {
        if (!session.offering(new Description(local, sdpSessionId.incrementAndGet()))) {
            return;
        }
        SipServletRequest invite = session.invite;
        try {
            invite.getSession().setHandler(SessionServlet.NAME);
            session.attach(invite.getSession());
            invite.setHeader("Allow", DialogSession.ALLOW);
            session.description().offer(invite);
            core.send(invite);
        } catch (IOException | ServletException | IllegalStateException | IllegalArgumentException e) {
            notSent(session, e.getClass().getSimpleName());
            return;
        }
        var timeout = timer.schedule(session::answerTimedOut, wait.toMillis(), TimeUnit.MILLISECONDS);
        session.established().whenComplete((ready, failure) -> timeout.cancel(false));
    }

    /**
     * The session that an INVITE asks for, still to be answered.
     *
     * @throws RefusedException when it holds no offer that can be answered
     */
    AnsweredSession invited(SipServletRequest invite) throws RefusedException {
        AnsweredSession session = new AnsweredSession(invite, msrp::open, timer);
        forAsLongAsItLasts(invite.getApplicationSession());
        session.attach(invite.getSession());
        return session;
    }

    /**
     * Answers an INVITE with 200, or, when this server has no end for it, with 503.
     *
     * @param incoming takes what the user sends
     */
    void answer(AnsweredSession session, Terms terms, IncomingHandler incoming) {
        localEnds.toAnswer(session.offer().secure()).whenComplete((local, failure) -> {
            if (failure == null) {
                letGoOf(local, session);
                LocalMedia said = LocalMedia.answering(session.offer(), local, terms, certificates);
                session.answer(new Description(said, sdpSessionId.incrementAndGet()), incoming);
            } else {
                log.error("no end for an answer: {}", cause(failure).toString());
                session.refuse(RefusedException.notNow());
            }
        });
    }

    private void letGoOf(LocalEnd local, DialogSession session) {
        session.ended().thenRun(local::leave);
        session.established().whenComplete((ready, failure) -> msrp.withdraw(local.uri()));
    }

    private static SipApplicationSession forAsLongAsItLasts(SipApplicationSession session) {
        session.setExpires(0);
        return session;
    }

    private static void notSent(InvitedSession session, String reason) {
        if (!session.ended().toCompletableFuture().isDone()) {
            session.notSent(reason);
            session.invite.getApplicationSession().invalidate();
        }
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException ? failure.getCause() : failure;
    }
}
