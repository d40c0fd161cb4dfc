package im.deferred.core;

import java.io.IOException;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/** The answer of a server that cannot do its work at the moment: 503 with Retry-After (RFC 3261 §21.5.4). */
public final class NotNow {

    /** After how many seconds the sender may try again. */
    public static final int RETRY_AFTER = 5;

    private NotNow() {}

    /** Answers a request so. */
    public static void answer(SipServletRequest request) throws IOException {
        SipServletResponse response = request.createResponse(SipServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setHeader("Retry-After", Integer.toString(RETRY_AFTER));
        response.send();
    }
}
