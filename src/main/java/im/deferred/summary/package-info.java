/**
 * How users learn what waits for them: the event package message-summary (RFC 3842), the only one to which users of this server may
 * subscribe (RFC 6665).
 *
 * <p>It may use {@code message}, for the numbers, and the core. It never looks into a message, never sends one, and never decides
 * what becomes of one.
 */
package im.deferred.summary;
