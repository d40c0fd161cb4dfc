package im.deferred.msrp;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The hash of a certificate, as {@code a=fingerprint} of an SDP has it: {@code SHA-256 AB:CD:…} (RFC 8122 §5). It stands for the
 * certificate where no authority does.
 *
 * @param hashFunction {@code SHA-256}, {@code SHA-384} or {@code SHA-512}
 * @param value the hash, its octets in hexadecimal with colons between, in upper case
 */
public record Fingerprint(String hashFunction, String value) {
    private static final Map<String, Integer> OCTETS = Map.of("SHA-256", 32, "SHA-384", 48, "SHA-512", 64);
    private static final HexFormat HEX = HexFormat.ofDelimiter(":").withUpperCase();

    /** @throws IllegalArgumentException when the hash function is another one, or the value none of its length */
    public Fingerprint {
        hashFunction = hashFunction.toUpperCase(Locale.ROOT);
        value = value.toUpperCase(Locale.ROOT);
        Integer octets = OCTETS.get(hashFunction);
        if (octets == null || HEX.parseHex(value).length != octets) {
            throw new IllegalArgumentException("no fingerprint: " + hashFunction + " " + value);
        }
    }

    /**
     * Reads the value of an {@code a=fingerprint}.
     *
     * @return empty when it was made with a hash function that is unknown or too weak, and so tells nothing
     * @throws IllegalArgumentException when it is no fingerprint
     */
    public static Optional<Fingerprint> parse(String text) {
        String[] words = text.strip().split(" +");
        if (words.length != 2) {
            throw new IllegalArgumentException("no fingerprint: " + text);
        }
        return OCTETS.containsKey(words[0].toUpperCase(Locale.ROOT))
                ? Optional.of(new Fingerprint(words[0], words[1]))
                : Optional.empty();
    }

    /** The SHA-256 of a certificate. */
    public static Fingerprint of(Certificate certificate) {
        return of(certificate, "SHA-256");
    }

    private static Fingerprint of(Certificate certificate, String hashFunction) {
        try {
            byte[] hash = MessageDigest.getInstance(hashFunction).digest(certificate.getEncoded());
            return new Fingerprint(hashFunction, HEX.formatHex(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK without " + hashFunction, e);
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("a certificate without an encoding", e);
        }
    }

    /** Whether it is that certificate's; takes the same time wherever they differ. */
    public boolean matches(Certificate certificate) {
        return MessageDigest.isEqual(octets(value), octets(of(certificate, hashFunction).value));
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** As it stands in an SDP. */
    @Override
    public String toString() {
        return hashFunction + " " + value;
    }
}
