package im.deferred.message;

import im.deferred.core.NotNow;
import java.io.IOException;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/**
 * Where SIP MESSAGE enters the server, and the answers to what is sent on. Finds its {@link IncomingMessages} in the servlet
 * context, under the name of that class; 503 as long as it is not there.
 */
public final class MessageServlet extends SipServlet {

    /** This servlet's name in {@code sip.xml}. */
    static final String NAME = "message";

    private static final long serialVersionUID = 1L;

    @Override
    protected void doMessage(SipServletRequest request) throws IOException {
        IncomingMessages messages = messages();
        if (messages == null) {
            NotNow.answer(request);
            return;
        }
        messages.arrived(request, getServletName());
    }

    @Override
    protected void doResponse(SipServletResponse response) {
        IncomingMessages messages = messages();
        if (!PageMode.answered(response) && messages != null) {
            messages.answered(response);
        }
    }

    private IncomingMessages messages() {
        return (IncomingMessages) getServletContext().getAttribute(IncomingMessages.class.getName());
    }
}
