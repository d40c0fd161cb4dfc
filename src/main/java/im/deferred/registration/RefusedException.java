package im.deferred.registration;

/** A request that is answered with an error: the status and reason phrase say which. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status the SIP status code
     * @param reason the reason phrase; never text that came from outside
     */
    RefusedException(int status, String reason) {
        super(reason);
        this.status = status;
    }

    RefusedException(int status, String reason, Throwable cause) {
        super(reason, cause);
        this.status = status;
    }

    int status() {
        return status;
    }
}
