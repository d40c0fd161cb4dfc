package im.deferred.session;

import java.time.Duration;
import java.util.Optional;

/** A session that did not come about, or did not last. */
public final class SessionFailure extends Exception {

    private static final long serialVersionUID = 1L;

    /** Not a status of SIP: the INVITE was answered, and the MSRP connection failed. */
    public static final int NO_CONNECTION = 0;

    private final int status;
    private final transient Optional<Duration> retryAfter;

    /**
     * @param status of the INVITE, or {@link #NO_CONNECTION}
     * @param retryAfter what the client or the core asked for
     */
    public SessionFailure(int status, Optional<Duration> retryAfter, String message) {
        super(message);
        this.status = status;
        this.retryAfter = retryAfter;
    }

    /** The final status of the INVITE; 408 when no answer came in time, 488 when the answer's SDP is of no use. */
    public int status() {
        return status;
    }

    /** How long the client or the core asked to be left alone (RFC 3261 §20.33). */
    public Optional<Duration> retryAfter() {
        return retryAfter == null ? Optional.empty() : retryAfter;
    }
}
