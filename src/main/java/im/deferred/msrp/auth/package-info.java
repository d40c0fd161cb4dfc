/**
 * HTTP Digest (RFC 7616) as MSRP relays and their clients use it for AUTH (RFC 4976 §9.1): qop {@code auth} always, over the URI that
 * stands last in To-Path, with SHA-256 and, for the clients that know no better, MD5.
 *
 * <p>{@link im.deferred.msrp.auth.DigestServer} challenges and verifies, {@link im.deferred.msrp.auth.DigestClient} answers. Both take and give
 * header values and know nothing of frames, connections and what a user may do; no password is needed to verify, only its hash with user
 * and realm, which {@link im.deferred.msrp.auth.Credentials} look up.
 */
package im.deferred.msrp.auth;
