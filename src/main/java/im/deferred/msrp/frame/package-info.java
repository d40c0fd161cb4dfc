/**
 * MSRP frames (RFC 4975 §9) as values, and their way from and to the wire.
 *
 * <p>A frame is a head ({@link im.deferred.msrp.frame.MsrpRequest} or {@link im.deferred.msrp.frame.MsrpResponse}), any number of
 * {@link im.deferred.msrp.frame.MsrpPiece}s of content, and the {@link im.deferred.msrp.frame.Continuation} flag of its end-line; so a
 * frame never has to be in memory as a whole. It knows nothing of sessions and connections: paths are kept as they stand on the wire.
 */
package im.deferred.msrp.frame;
