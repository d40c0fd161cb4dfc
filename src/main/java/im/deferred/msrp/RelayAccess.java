package im.deferred.msrp;

import java.time.Duration;
import java.util.Set;

/**
 * A relay that this end may stand behind (RFC 4976 §5.1), and the account it has there.
 *
 * @param relay its URI, without a session id
 * @param fingerprints one of which its certificate must have; empty where an authority vouches for its host name
 * @param expires for how long it is asked to grant a URI; the grant is renewed before
 */
public record RelayAccess(
        MsrpUri relay, Set<Fingerprint> fingerprints, String user, String password, Duration expires) {
    /** @throws IllegalArgumentException when the time is less than a second */
    public RelayAccess {
        fingerprints = Set.copyOf(fingerprints);
        if (expires.toSeconds() < 1) {
            throw new IllegalArgumentException("expires too soon: " + expires);
        }
    }

    Target target() {
        return new Target(relay.secure(), relay.host(), relay.portOrDefault(), relay.host(), fingerprints);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return user + " at " + relay;
    }
}
