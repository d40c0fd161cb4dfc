package im.deferred.message;

/** A message is not taken, and its sender is told so with a final status. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;

    /** @param reason for the answer's reason phrase and the log; without anything of the message in it */
    Refusal(int status, String reason) {
        super(reason);
        this.status = status;
    }

    /** @param cause what showed it */
    Refusal(int status, String reason, Throwable cause) {
        super(reason, cause);
        this.status = status;
    }

    int status() {
        return status;
    }
}
