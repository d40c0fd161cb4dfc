package im.deferred.msrp;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/** A session id as a key: who knows it may use the session, so that it is compared in a time that does not tell how much is right. */
final class SessionId {
    private final byte[] octets;

    SessionId(String id) {
        octets = id.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SessionId that && MessageDigest.isEqual(octets, that.octets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(octets);
    }
}
