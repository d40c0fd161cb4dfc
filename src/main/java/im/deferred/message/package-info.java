/**
 * What waits: the deferred message, its store, and its encapsulation; and SIP MESSAGE (RFC 3428) on its way in, which is
 * either forwarded to a user who is there or kept for one who is not. Also what senders are told of messages that wait or expire (RFC 5438).
 *
 * <p>It may use the core, and what it is told of registrations and settings; how deferred messages leave it does not know,
 * beyond the {@link im.deferred.message.Outlet} that it tells of them.
 */
package im.deferred.message;
