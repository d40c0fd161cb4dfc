package im.deferred.core;

/** A request that is answered with a failure: the status and reason phrase say which. */
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;

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

    /** The final SIP status. */
    public int status() {
        return status;
    }
}
