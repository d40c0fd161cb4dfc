/**
 * What waits: the deferred message, its store, and its encapsulation; and SIP MESSAGE (RFC 3428) on its way in, which is
 * either forwarded to a user who is there or kept for one who is not. Of a message that comes as MSRP SEND it knows what is kept, and
 * where it grows until it is whole ({@link im.deferred.message.Spool}); the session that it comes in is not its own.
 * Senders who asked for it are told what became of their messages ({@link im.deferred.message.Notifications}).
 *
 * <p>It may use the core, the claims of {@code node}, and what it is told of registrations and settings; how deferred messages leave it does not know,
 * beyond the {@link im.deferred.message.Outlet} that it tells of them.
 */
package im.deferred.message;
