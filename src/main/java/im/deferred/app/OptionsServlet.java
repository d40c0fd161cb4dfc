package im.deferred.app;

import im.deferred.core.NotNow;
import im.deferred.registration.Registrar;
import im.deferred.summary.Subscriptions;
import java.io.IOException;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/** Answers OPTIONS, by which a core asks whether the server is there (RFC 3261 §11): 503 while it is not. */
public final class OptionsServlet extends SipServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doOptions(SipServletRequest request) throws IOException {
        if (getServletContext().getAttribute(Registrar.class.getName()) == null) {
            NotNow.answer(request);
            return;
        }
        SipServletResponse response = request.createResponse(SipServletResponse.SC_OK);
        response.setHeader("Allow", "REGISTER, MESSAGE, INVITE, ACK, CANCEL, BYE, UPDATE, SUBSCRIBE, NOTIFY, OPTIONS");
        response.setHeader("Allow-Events", Subscriptions.EVENT_PACKAGE);
        response.send();
    }
}
