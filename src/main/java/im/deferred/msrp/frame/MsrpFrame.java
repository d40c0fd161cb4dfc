package im.deferred.msrp.frame;

/**
 * A part of a frame: a head, then pieces of content if there is any, then the end. {@link MsrpDecoder} gives these, or a malformed frame;
 * {@link MsrpEncoder} takes them.
 */
public sealed interface MsrpFrame permits MsrpHead, MsrpPiece, HeapPiece, Continuation, MalformedFrame {}
