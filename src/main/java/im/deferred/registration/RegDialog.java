package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.NotNow;
import im.deferred.core.RefusedException;
import im.deferred.core.SipIpCore;
import im.deferred.registration.Registrations.Change;
import jakarta.persistence.PersistenceException;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import javax.servlet.ServletException;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The SIP side of one {@link RegSubscription}: its SUBSCRIBEs, and the NOTIFYs in its dialog. */
final class RegDialog {

    /** The event package (RFC 3680 §4.1). */
    static final String EVENT = "reg";

    private static final Logger log = LoggerFactory.getLogger(RegDialog.class);

    private static final String ATTRIBUTE = RegDialog.class.getName();

    private final SipIpCore core;
    private final Aor user;
    private final RegEvents events;
    private volatile RegSubscription subscription;
    private volatile SipApplicationSession application;

    /** From the first NOTIFY on: the dialog's own, should the SUBSCRIBE have forked. */
    private volatile SipSession session;

    RegDialog(SipIpCore core, Aor user, RegEvents events) {
        this.core = core;
        this.user = user;
        this.events = events;
    }

    /** The one that a SIP message belongs to. */
    static Optional<RegDialog> of(SipSession session) {
        Object dialog = session.getAttribute(ATTRIBUTE);
        if (dialog == null) {
            // A second notifier's NOTIFY may come in a SipSession of its own (SIP Servlet 1.1 §6.2.3.2).
            dialog = session.getApplicationSession().getAttribute(ATTRIBUTE);
        }
        return Optional.ofNullable((RegDialog) dialog);
    }

    /** Names the state machine that is told of what comes. */
    void serve(RegSubscription machine) {
        subscription = machine;
    }

    /** Sends the first SUBSCRIBE, or another in the dialog. */
    void subscribe(long expires) {
        try {
            SipServletRequest subscribe = session == null ? first() : session.createRequest("SUBSCRIBE");
            subscribe.setHeader("Event", EVENT);
            subscribe.setHeader("Accept", RegInfo.CONTENT_TYPE);
            subscribe.setHeader("Expires", Long.toString(expires));
            if (session == null) {
                core.send(subscribe);
            } else {
                subscribe.send();
            }
        } catch (IOException | ServletException e) {
            log.warn("no SUBSCRIBE for {} could be sent: {}", user, e.toString());
            subscription.refused(SipServletResponse.SC_SERVICE_UNAVAILABLE);
        } catch (IllegalStateException e) {
            log.warn("the dialog of the subscription to {} is gone: {}", user, e.getMessage());
            subscription.refused(SipServletResponse.SC_CALL_LEG_DONE);
        }
    }

    private SipServletRequest first() throws ServletException {
        application = core.newApplicationSession();
        application.setExpires(0); // for as long as the subscription lasts
        application.setAttribute(ATTRIBUTE, this);
        SipServletRequest subscribe = core.requestTo(user, "SUBSCRIBE", application);
        subscribe.getSession().setHandler(RegEventServlet.NAME);
        subscribe.getSession().setAttribute(ATTRIBUTE, this);
        return subscribe;
    }

    /** A final answer to a SUBSCRIBE. */
    void answered(SipServletResponse response) {
        if (response.getStatus() < 300) {
            String expires = response.getHeader("Expires");
            subscription.accepted(expires == null ? OptionalLong.empty() : DeltaSeconds.parse(expires));
        } else {
            subscription.refused(response.getStatus());
        }
    }

    /** Takes a NOTIFY and answers it; who listens is told after that, as with a REGISTER. */
    void notified(SipServletRequest notify) throws IOException {
        Change change;
        try {
            change = take(notify);
        } catch (RefusedException refused) {
            log.warn(
                    "NOTIFY {} for {} from {} refused: {} {}",
                    notify.getCallId(),
                    user,
                    notify.getRemoteAddr(),
                    refused.status(),
                    refused.getMessage());
            SipServletResponse response = notify.createResponse(refused.status(), refused.getMessage());
            if (refused.status() == SipServletResponse.SC_UNSUPPORTED_MEDIA_TYPE) {
                response.setHeader("Accept", RegInfo.CONTENT_TYPE);
            }
            response.send();
            return;
        } catch (PersistenceException e) {
            log.error("NOTIFY {} for {} could not be stored: {}", notify.getCallId(), user, e.toString());
            NotNow.answer(notify);
            return;
        }
        notify.createResponse(SipServletResponse.SC_OK).send();
        events.tell(change);
    }

    private Change take(SipServletRequest notify) throws RefusedException, IOException {
        if (!core.trusts(notify)) {
            throw new RefusedException(SipServletResponse.SC_FORBIDDEN, "Not From The Core");
        }
        if (!isOfEvent(notify.getHeader("Event"))) {
            throw new RefusedException(SipServletResponse.SC_BAD_EVENT, "Bad Event");
        }
        SubscriptionState state = SubscriptionState.parse(notify.getHeader("Subscription-State"));
        Optional<RegInfo> document = document(notify);
        if (session == null) {
            session = notify.getSession();
        }
        String from = notify.getFrom().getParameter("tag");
        return subscription.notified(from == null ? "" : from, state, document);
    }

    private static boolean isOfEvent(String event) {
        return event != null && event.split(";", 2)[0].trim().equals(EVENT);
    }

    /** One that only tells the state of the subscription has none. */
    private Optional<RegInfo> document(SipServletRequest notify) throws RefusedException, IOException {
        byte[] body = notify.getRawContent();
        if (body == null || body.length == 0) {
            return Optional.empty();
        }
        String type = notify.getContentType();
        if (type == null
                || !type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT).equals(RegInfo.CONTENT_TYPE)) {
            throw new RefusedException(SipServletResponse.SC_UNSUPPORTED_MEDIA_TYPE, "Not Registration Information");
        }
        return Optional.of(RegInfo.parse(body).only(core::serves));
    }

    /** The container may forget it a minute from now: answers may have to be repeated until then. */
    void letGo() {
        try {
            if (application != null) {
                application.setExpires(1);
            }
        } catch (IllegalStateException e) {
            log.debug("forgotten already", e);
        }
    }
}
