package im.deferred.session;

import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.MsrpEndpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.servlet.ServletException;
import javax.servlet.sip.SipServletRequest;

/** Opens MSRP sessions toward users: INVITE, answer, ACK and the MSRP connection (seed steps 2 to 7). */
public final class Sessions {

    private final SipIpCore core;
    private final MsrpEndpoint msrp;
    private final Supplier<CompletionStage<LocalEnd>> localEnds;
    private final List<Fingerprint> certificates;
    private final ScheduledExecutorService timer;
    private final Duration answerTimeout;
    private final AtomicLong sdpSessionId = new AtomicLong(System.currentTimeMillis());

    /**
     * @param localEnds gives a fresh end of this server, its URI {@linkplain MsrpEndpoint#offer offered} by {@code msrp} or behind a relay;
     *     fails when there can be none now. What it completes on may send SIP
     * @param certificates of this server, for offers over TLS
     * @param timer for the time an INVITE may take; what runs on it is short
     * @param answerTimeout how long an INVITE may go unanswered before it is cancelled
     */
    public Sessions(
            SipIpCore core,
            MsrpEndpoint msrp,
            Supplier<CompletionStage<LocalEnd>> localEnds,
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
        SipServletRequest invite = core.requestTo(user, "INVITE", core.newApplicationSession());
        invite.getApplicationSession().setExpires(0); // for as long as the session lasts
        InvitedSession session = new InvitedSession(
                invite, agreed -> msrp.open(oneAtATime ? agreed.sendingOneAtATime() : agreed), timer);
        localEnds.get().whenComplete((local, failure) -> {
            if (failure == null) {
                session.ended().thenRun(local::leave);
                offer(session, invite, local, types);
            } else {
                Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                notSent(session, invite, cause.toString());
            }
        });
        return session;
    }

    private void offer(InvitedSession session, SipServletRequest invite, LocalEnd local, List<String> types) {
        session.established().whenComplete((ready, failure) -> msrp.withdraw(local.uri()));
        if (!session.offering(local)) {
            return;
        }
        try {
            invite.getSession().setHandler(SessionServlet.NAME);
            session.attach(invite.getSession());
            invite.setHeader("Accept-Contact", "*;+g.oma.sip-im");
            String sdp = MessageMedia.sendOnlyOffer(sdpSessionId.incrementAndGet(), local, types, certificates);
            invite.setContent(sdp.getBytes(StandardCharsets.UTF_8), "application/sdp");
            core.send(invite);
        } catch (IOException | ServletException | IllegalStateException | IllegalArgumentException e) {
            notSent(session, invite, e.getClass().getSimpleName());
            return;
        }
        var timeout = timer.schedule(session::answerTimedOut, answerTimeout.toMillis(), TimeUnit.MILLISECONDS);
        session.established().whenComplete((ready, failure) -> timeout.cancel(false));
    }

    private static void notSent(InvitedSession session, SipServletRequest invite, String reason) {
        if (!session.ended().toCompletableFuture().isDone()) {
            session.notSent(reason);
            invite.getApplicationSession().invalidate();
        }
    }
}
