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
        SipServletResponse response = request.createResponse(SipServletResponse.SC_BAD_EVENT);
        response.setHeader("Allow-Events", Subscriptions.EVENT_PACKAGE);
        response.send();
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
