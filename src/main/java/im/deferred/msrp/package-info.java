/**
 * MSRP (RFC 4975): frames, connections and sessions over Netty.
 *
 * <p>A companion that could stand alone: it may use Netty and the JDK, and never SIP, SDP, persistence or any other room.
 */
package im.deferred.msrp;
