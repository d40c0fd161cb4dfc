/**
 * How deferred messages leave: one push per recipient, from the INVITE to the BYE, and what happens when one fails: tried again, in
 * page mode, or held. The same in a session that a user opened to fetch what waits.
 *
 * <p>It may use {@code session}, {@code message}, {@code registration}, {@code settings} and {@code node}, and of {@code msrp} the values that a
 * session takes and gives. It never touches SIP, sockets or the database itself.
 */
package im.deferred.push;
