package im.deferred.msrp.frame;

/** What {@link MsrpDecoder} gives: a head, then pieces of content if there is any, then the end; or a malformed frame. */
public sealed interface MsrpFrame permits MsrpHead, MsrpPiece, Continuation, MalformedFrame {}
