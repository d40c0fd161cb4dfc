/**
 * MSRP (RFC 4975): sessions and the connections that carry them, over Netty; the frames are in {@link im.deferred.msrp.frame}.
 *
 * <p>{@link im.deferred.msrp.MsrpEndpoint} listens, connects and knows each session by the session id of its URI. A connection hands every
 * incoming frame to the one that its To-Path names; today that is always an {@link im.deferred.msrp.MsrpSession}, and it is the place where
 * a relay (RFC 4976) would take its frames.
 *
 * <p>A companion that could stand alone: it may use Netty, SLF4J and the JDK, and never SIP, SDP, persistence or any other room.
 */
package im.deferred.msrp;
