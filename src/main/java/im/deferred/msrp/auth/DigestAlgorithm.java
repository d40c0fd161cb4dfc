package im.deferred.msrp.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** The hashes of Digest, the strongest first (RFC 7616 §6.1). Their session variants are not used (RFC 4976 §9.1). */
public enum DigestAlgorithm {
    SHA_256("SHA-256"),
    MD5("MD5");

    private final String token;

    DigestAlgorithm(String token) {
        this.token = token;
    }

    /** The name in the {@code algorithm} parameter. */
    public String token() {
        return token;
    }

    /** What stands for the password: H(user:realm:password), hexadecimal in lower case (RFC 7616 §3.4.2). */
    public String ha1(String user, String realm, String password) {
        return hash(user + ":" + realm + ":" + password);
    }

    static Optional<DigestAlgorithm> named(String token) {
        return Arrays.stream(values())
                .filter(algorithm -> algorithm.token.equalsIgnoreCase(token))
                .findFirst();
    }

    /** The value of {@code response}; of {@code rspauth} when the method is empty (RFC 7616 §3.4.1, §3.5). */
    String response(String ha1, String nonce, String count, String cnonce, String method, String uri) {
        return hash(String.join(":", ha1, nonce, count, cnonce, "auth", hash(method + ":" + uri)));
    }

    private String hash(String text) {
        try {
            byte[] octets = text.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance(token).digest(octets));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + token, e);
        }
    }
}
