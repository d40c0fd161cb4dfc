package im.deferred.app;

/** Why the server does not start; the message is one line for the operator. */
public final class StartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
