package im.deferred.core;

import java.util.LinkedHashMap;
import java.util.Map;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/** A request that is answered with a failure: the status and reason phrase say which. */
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    /**
     * @param status the final SIP status, 400 to 699
     * @param reason for the reason phrase and the log; never text that came from outside
     */
    public RefusedException(int status, String reason) {
        this(status, reason, null);
    }

    /** @param cause what showed it */
    public RefusedException(int status, String reason, Throwable cause) {
        super(reason, cause);
        this.status = status;
    }

    /** 503 with Retry-After: in a moment it may go well (RFC 3261 §21.5.4). */
    public static RefusedException notNow() {
        return new RefusedException(SipServletResponse.SC_SERVICE_UNAVAILABLE, "Not Now")
                .with("Retry-After", Integer.toString(NotNow.RETRY_AFTER));
    }

    /** The same with one more header in the answer. */
    public RefusedException with(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** The answer that says so. */
    public SipServletResponse response(SipServletRequest request) {
        SipServletResponse response = request.createResponse(status, getMessage());
        headers.forEach(response::setHeader);
        return response;
    }

    /** The final SIP status. */
    public int status() {
        return status;
    }
}
