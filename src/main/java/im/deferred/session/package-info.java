/**
 * MSRP sessions over SIP: the INVITE and its answers, SDP offer and answer, ACK and BYE around an MSRP session.
 *
 * <p>It may use the core and {@code msrp}. It knows nothing of what is sent in a session, or why.
 */
package im.deferred.session;
