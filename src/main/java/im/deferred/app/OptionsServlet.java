package im.deferred.app;

import java.io.IOException;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/** Answers OPTIONS, by which a core asks whether the server is there (RFC 3261 §11). */
public final class OptionsServlet extends SipServlet {

    private static final long serialVersionUID = 1L;

    @Override
    protected void doOptions(SipServletRequest request) throws IOException {
        SipServletResponse response = request.createResponse(SipServletResponse.SC_OK);
        response.setHeader("Allow", "INVITE, ACK, CANCEL, BYE, MESSAGE, OPTIONS");
        response.setHeader("Accept", "application/sdp, text/plain, message/cpim");
        response.send();
    }
}
