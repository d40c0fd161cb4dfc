package im.deferred.session;

import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpUri;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.servlet.ServletException;
import javax.servlet.sip.SipServletRequest;

/** Opens MSRP sessions toward users: INVITE, answer, ACK and the MSRP connection (seed steps 2 to 7). */
public final class Sessions {

    /** How long the two ends have to connect after the ACK. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);

    private final SipIpCore core;
    private final MsrpEndpoint msrp;
    private final Supplier<MsrpUri> offer;
    private final List<Fingerprint> certificates;
    private final ScheduledExecutorService timer;
    private final Duration answerTimeout;
    private final AtomicLong sdpSessionId = new AtomicLong(System.currentTimeMillis());

    /**
     * @param offer a fresh MSRP URI of this server, {@linkplain MsrpEndpoint#offer offered} by {@code msrp}
     * @param certificates of this server, for offers over TLS
     * @param timer for the time an INVITE may take; what runs on it is short
     * @param answerTimeout how long an INVITE may go unanswered before it is cancelled
     */
    public Sessions(
            SipIpCore core,
            MsrpEndpoint msrp,
            Supplier<MsrpUri> offer,
            List<Fingerprint> certificates,
            ScheduledExecutorService timer,
            Duration answerTimeout) {
        this.core = core;
        this.msrp = msrp;
        this.offer = offer;
        this.certificates = List.copyOf(certificates);
        this.timer = timer;
        this.answerTimeout = answerTimeout;
    }

    /**
     * Invites a user to a session in which this server sends.
     *
     * @param types the content types that may be sent in it, in order of preference, for {@code a=accept-types}
     * @return the session to be; {@link MessagingSession#established} tells when it is one
     */
    public MessagingSession invite(Aor user, List<String> types) {
        SipServletRequest invite = core.requestTo(user, "INVITE", core.newApplicationSession());
        MsrpUri local = offer.get();
        InvitedSession session = new InvitedSession(
                invite,
                local.secure(),
                answer -> msrp.open(answer.agreement(local, IncomingHandler.REFUSE_ALL, CONNECT_TIMEOUT)),
                timer);
        try {
            invite.getApplicationSession().setExpires(0); // for as long as the session lasts
            invite.getSession().setHandler(SessionServlet.NAME);
            session.attach(invite.getSession());
            invite.setHeader("Accept-Contact", "*;+g.oma.sip-im");
            String sdp = MessageMedia.sendOnlyOffer(sdpSessionId.incrementAndGet(), local, types, certificates);
            invite.setContent(sdp.getBytes(StandardCharsets.UTF_8), "application/sdp");
            core.send(invite);
        } catch (IOException | ServletException | IllegalStateException | IllegalArgumentException e) {
            msrp.withdraw(local);
            session.notSent(e);
            invite.getApplicationSession().invalidate();
            return session;
        }
        var timeout = timer.schedule(session::answerTimedOut, answerTimeout.toMillis(), TimeUnit.MILLISECONDS);
        session.established().whenComplete((ready, failure) -> {
            timeout.cancel(false);
            msrp.withdraw(local);
        });
        return session;
    }
}
