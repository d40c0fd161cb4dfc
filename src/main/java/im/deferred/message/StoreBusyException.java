package im.deferred.message;

/** More waits to be stored than the store takes; a moment later there will be room again. */
public final class StoreBusyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoreBusyException(String message) {
        super(message);
    }
}
