package im.deferred.summary;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import javax.servlet.ServletException;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dialog that a SUBSCRIBE opened (RFC 6665 §4.4.1): NOTIFYs go in it.
 *
 * @param event as the SUBSCRIBE named it
 */
record SubscribedDialog(SipSession session, EventType event) implements Notifier {

    private static final String ATTRIBUTE = Subscription.class.getName();

    private static final Logger log = LoggerFactory.getLogger(SubscribedDialog.class);

    /** What comes in the dialog is the subscription's. */
    void attach(Subscription subscription) {
        try {
            session.setHandler(EventServlet.NAME);
        } catch (ServletException e) {
            throw new IllegalStateException("no servlet " + EventServlet.NAME, e);
        }
        session.setAttribute(ATTRIBUTE, subscription);
    }

    /** The subscription that opened a dialog, over or not; empty for one that none did. */
    static Optional<Subscription> subscription(SipSession dialog) {
        return Optional.ofNullable((Subscription) dialog.getAttribute(ATTRIBUTE));
    }

    /** The container may forget the dialog when the subscription is over, and the last answers have come. */
    void keepFor(Duration subscription) {
        session.getApplicationSession().setExpires((int) subscription.toMinutes() + 2);
    }

    @Override
    public void send(String state, MessageSummary summary) throws IOException {
        SipServletRequest notify = session.createRequest("NOTIFY");
        notify.setHeader("Event", event.toString());
        notify.setHeader("Subscription-State", state);
        if (summary != null) {
            notify.setContent(summary.toString().getBytes(StandardCharsets.UTF_8), MessageSummary.CONTENT_TYPE);
        }
        notify.send();
    }

    @Override
    public void close() {
        try {
            keepFor(Duration.ZERO);
        } catch (IllegalStateException e) {
            log.debug("forgotten already", e);
        }
    }
}
