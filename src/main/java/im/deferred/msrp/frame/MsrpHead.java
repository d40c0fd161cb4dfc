package im.deferred.msrp.frame;

/** The start line and the headers of a frame. */
public sealed interface MsrpHead extends MsrpFrame permits MsrpRequest, MsrpResponse {
    /** The transaction id, which is also part of the frame's end-line. */
    String transactionId();

    /** The URIs of To-Path as they stand on the wire, separated by one space. */
    String toPath();

    /** The URIs of From-Path as they stand on the wire, separated by one space. */
    String fromPath();

    /** The headers after To-Path and From-Path, in their order. */
    MsrpHeaders headers();
}
