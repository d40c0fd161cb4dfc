package im.deferred.summary;

import im.deferred.core.NotNow;
import java.io.IOException;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/**
 * SIP's events: SUBSCRIBE, the answers to NOTIFY, and PUBLISH. Finds its {@link Subscriptions} in the servlet context, under the
 * name of that class; 503 as long as it is not there.
 */
public final class EventServlet extends SipServlet {

    /** This servlet's name in {@code sip.xml}. */
    static final String NAME = "event";

    private static final long serialVersionUID = 1L;

    @Override
    protected void doSubscribe(SipServletRequest request) throws IOException {
        Subscriptions subscriptions = subscriptions();
        if (subscriptions == null) {
            NotNow.answer(request);
        } else {
            subscriptions.subscribe(request);
        }
    }

    /** No event package is published to this server (RFC 3903 §6, step 2). */
    @Override
    protected void doPublish(SipServletRequest request) throws IOException {
        Subscriptions.badEvent().response(request).send();
    }

    @Override
    protected void doResponse(SipServletResponse response) {
        Subscriptions subscriptions = subscriptions();
        if (subscriptions != null) {
            subscriptions.answered(response);
        }
    }

    private Subscriptions subscriptions() {
        return (Subscriptions) getServletContext().getAttribute(Subscriptions.class.getName());
    }
}
