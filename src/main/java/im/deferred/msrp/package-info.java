/**
 * MSRP (RFC 4975) and its relay (RFC 4976): sessions and the connections that carry them, over Netty; the frames are in
 * {@link im.deferred.msrp.frame}, Digest is in {@link im.deferred.msrp.auth}.
 *
 * <p>{@link im.deferred.msrp.MsrpEndpoint} listens, connects and knows each session by the session id of its URI. A connection hands every
 * incoming frame to the one that its To-Path names: an {@link im.deferred.msrp.MsrpSession}, or the relay, where the endpoint is one
 * ({@link im.deferred.msrp.MsrpEndpoint#relay}); that passes it on, piece by piece, to another connection.
 *
 * <p>A companion that could stand alone: it may use Netty, SLF4J and the JDK, and never SIP, SDP, persistence or any other room.
 */
package im.deferred.msrp;
