/**
 * The SIP/IP core that the server stands behind: whom it believes, whose users it serves, and the way its own requests
 * take. Also the name by which the core and the server speak of a user, the {@link im.deferred.core.Aor}.
 *
 * <p>The ground floor: it may use the SIP Servlet API, SLF4J and the JDK, and never another room.
 */
package im.deferred.core;
