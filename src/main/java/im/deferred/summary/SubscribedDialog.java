package im.deferred.summary;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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

    private static final Logger log = LoggerFactory.getLogger(SubscribedDialog.class);

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
