/**
 * MSRP sessions over SIP, both ways: the INVITE and its answers, SDP offer and answer, ACK and BYE around an MSRP session. Sessions to
 * which this server invites a user; and those to which a user invites another one, who is either there, and then the server stands
 * between them, or not, and then the server takes his messages for him.
 *
 * <p>It may use the core, {@code msrp}, and the room of messages, to keep what cannot be delivered. It knows nothing of what the server
 * sends of its own, or why, and who is registered it is told.
 */
package im.deferred.session;
