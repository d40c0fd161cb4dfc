package im.deferred.msrp.auth;

/** What a {@link DigestServer} found of credentials. */
public sealed interface Verification {

    /**
     * The client knows the user's password.
     *
     * @param authenticationInfo the value of Authentication-Info, which the 200 must carry (RFC 4976 §9.1)
     */
    record Accepted(String user, String authenticationInfo) implements Verification {}

    /**
     * To be answered with new challenges.
     *
     * @param stale whether only the nonce was wrong, so that the client tries again without asking its user
     * @param reason for the log; it holds nothing that the client sent
     */
    record Refused(boolean stale, String reason) implements Verification {}
}
