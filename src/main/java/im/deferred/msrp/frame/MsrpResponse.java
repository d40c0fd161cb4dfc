package im.deferred.msrp.frame;

import java.util.Objects;

/**
 * The head of a response (RFC 4975 §7.2).
 *
 * @param transactionId the one of the request
 * @param status three digits, 100 to 999
 * @param comment the reason phrase; empty when the peer left it out
 * @param toPath the first URI of the request's From-Path
 * @param fromPath the first URI of the request's To-Path
 * @param headers the headers after the two paths
 */
public record MsrpResponse(
        String transactionId, int status, String comment, String toPath, String fromPath, MsrpHeaders headers)
        implements MsrpHead {
    public MsrpResponse {
        Objects.requireNonNull(transactionId);
        Objects.requireNonNull(comment);
        Objects.requireNonNull(toPath);
        Objects.requireNonNull(fromPath);
        Objects.requireNonNull(headers);
        if (status < 100 || status > 999) {
            throw new IllegalArgumentException("status out of 100..999: " + status);
        }
    }

    /** Whether the request was taken: any 2xx (RFC 4975 §10). */
    public boolean success() {
        return status / 100 == 2;
    }
}
