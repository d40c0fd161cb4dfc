package im.deferred.message;

/** A message is larger than the server takes. */
public final class MessageTooLargeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    MessageTooLargeException(long maxSize) {
        super("a message has at most " + maxSize + " octets");
    }
}
