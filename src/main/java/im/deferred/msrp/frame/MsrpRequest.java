package im.deferred.msrp.frame;

import java.util.Objects;

/**
 * The head of a request (RFC 4975 §7.1).
 *
 * @param transactionId 4 to 32 characters, see {@link MsrpSyntax#isIdent}
 * @param method {@link #SEND}, {@link #REPORT} or any other method
 * @param toPath the URIs the request goes to, nearest first, separated by one space
 * @param fromPath the URIs it came by, nearest first
 * @param headers the headers after the two paths
 */
public record MsrpRequest(String transactionId, String method, String toPath, String fromPath, MsrpHeaders headers)
        implements MsrpHead {
    public static final String SEND = "SEND";
    public static final String REPORT = "REPORT";
    /** To a relay (RFC 4976 §5.1). */
    public static final String AUTH = "AUTH";

    public MsrpRequest {
        Objects.requireNonNull(transactionId);
        Objects.requireNonNull(method);
        Objects.requireNonNull(toPath);
        Objects.requireNonNull(fromPath);
        Objects.requireNonNull(headers);
    }
}
