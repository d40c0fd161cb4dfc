package im.deferred.app;

/** Why the server does not start; the message is one line for the operator. */
public final class StartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The first line of what the innermost cause says, for a message; without passwords. */
    public static String root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return firstLine(root);
    }

    /** The first line of what it says, for a message; without passwords. */
    static String firstLine(Throwable e) {
        return Secrets.hide(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
}
