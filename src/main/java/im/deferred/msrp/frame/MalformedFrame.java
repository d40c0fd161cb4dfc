package im.deferred.msrp.frame;

/**
 * A frame that could be told from its neighbours but not understood: a request of this kind is answered 400 (RFC 4975 §10.2) where its
 * paths are known.
 *
 * @param transactionId the transaction id of its start line
 * @param answerable whether it was a request that is answered: any but a REPORT and one that says {@code Failure-Report: no}
 * @param toPath its To-Path, or null when that was not found
 * @param fromPath its From-Path, or null when that was not found
 * @param reason what is wrong with it, for the log; quotes nothing of it
 * @param last whether nothing after it can be read, so that its connection has no use any more
 */
public record MalformedFrame(
        String transactionId, boolean answerable, String toPath, String fromPath, String reason, boolean last)
        implements MsrpFrame {}
