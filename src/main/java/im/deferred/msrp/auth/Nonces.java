package im.deferred.msrp.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.NavigableMap;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Nonces that are kept nowhere: the time of issue, random octets, and a MAC over both by a key that only this object has. Only the nonce
 * counts of those used by clients that proved their password are remembered, as long as the nonce lives and within a bound. Safe for
 * use by several threads.
 */
final class Nonces {

    private static final String MAC = "HmacSHA256";
    private static final int TIME_DIGITS = 16;
    private static final int RANDOM_OCTETS = 8;
    private static final int SEAL_OCTETS = 16;
    private static final int SEALED_DIGITS = TIME_DIGITS + 2 * RANDOM_OCTETS;

    private final Duration lifetime;
    private final Clock clock;
    private final SecureRandom random;
    private final int mostUsed;
    private final SecretKeySpec key;

    /** The last count of each nonce. As a nonce begins with its time in digits of equal number, the oldest is the first. */
    private final NavigableMap<String, Long> counts = new TreeMap<>();

    /** Up to this time of issue, in milliseconds, counts may have been forgotten: such nonces are no longer taken. */
    private volatile long forgotten = -1;

    /** @param mostUsed how many nonces' counts are remembered at most */
    Nonces(Duration lifetime, Clock clock, SecureRandom random, int mostUsed) {
        this.lifetime = lifetime;
        this.clock = clock;
        this.random = random;
        this.mostUsed = mostUsed;
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        this.key = new SecretKeySpec(secret, MAC);
    }

    String issue() {
        byte[] octets = new byte[RANDOM_OCTETS];
        random.nextBytes(octets);
        String sealed = digits(clock.millis()) + HexFormat.of().formatHex(octets);
        return sealed + seal(sealed);
    }

    /** Whether it was issued here, and not too long ago. */
    boolean isFresh(String nonce) {
        if (!isIssuedHere(nonce)) {
            return false;
        }
        long issued = issued(nonce);
        long age = clock.millis() - issued;
        return issued > forgotten && age >= 0 && age < lifetime.toMillis();
    }

    /**
     * Takes note of a use.
     *
     * @return false if the nonce is not fresh, or was used with this count or a later one before
     */
    synchronized boolean use(String nonce, long count) {
        if (!isFresh(nonce) || count <= counts.getOrDefault(nonce, 0L)) {
            return false;
        }
        counts.put(nonce, count);
        counts.headMap(digits(Math.max(0, clock.millis() - lifetime.toMillis())))
                .clear();
        while (counts.size() > mostUsed) {
            forgotten = issued(counts.pollFirstEntry().getKey());
        }
        return true;
    }

    private boolean isIssuedHere(String nonce) {
        return nonce.length() == SEALED_DIGITS + 2 * SEAL_OCTETS
                && MessageDigest.isEqual(
                        seal(nonce.substring(0, SEALED_DIGITS)).getBytes(StandardCharsets.UTF_8),
                        nonce.substring(SEALED_DIGITS).getBytes(StandardCharsets.UTF_8));
    }

    private String seal(String sealed) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key);
            return HexFormat.of().formatHex(mac.doFinal(sealed.getBytes(StandardCharsets.UTF_8)), 0, SEAL_OCTETS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + MAC, e);
        }
    }

    private static long issued(String nonce) {
        return Long.parseLong(nonce.substring(0, TIME_DIGITS), 16);
    }

    private static String digits(long milliseconds) {
        return HexFormat.of().toHexDigits(milliseconds);
    }
}
