package im.deferred.msrp;

/** Why a session could not be set up. */
public final class MsrpSessionException extends Exception {
    private static final long serialVersionUID = 1L;

    public MsrpSessionException(String message) {
        super(message);
    }

    public MsrpSessionException(String message, Throwable cause) {
        super(message, cause);
    }
}
