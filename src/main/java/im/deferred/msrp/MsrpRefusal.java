package im.deferred.msrp;

import im.deferred.msrp.frame.MsrpSyntax;

/** Why an incoming message is not taken: the status and comment of the response that its sender gets (RFC 4975 §10). */
public final class MsrpRefusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status 400 to 699: 403 not allowed, 413 stop sending, 415 type not accepted
     * @param comment the reason phrase, without control characters
     */
    public MsrpRefusal(int status, String comment) {
        super(comment, null, false, false);
        if (status < 400 || status > 699 || !MsrpSyntax.isText(comment)) {
            throw new IllegalArgumentException("not a refusal: " + status + " " + comment);
        }
        this.status = status;
    }

    /** The status of the response. */
    public int status() {
        return status;
    }
}
