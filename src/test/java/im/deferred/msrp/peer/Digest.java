package im.deferred.msrp.peer;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The client's side of Digest with quality of protection {@code auth} (RFC 7616 §3.4), for one challenge. */
final class Digest {
    private static final String CNONCE = "0a4f113b0a4f113b";

    private Digest() {}

    /** The Authorization header's value for an AUTH to that URI. */
    static String answer(String challenge, String uri, String user, String password) {
        String algorithm = parameter(challenge, "algorithm");
        String realm = parameter(challenge, "realm");
        String nonce = parameter(challenge, "nonce");
        String opaque = parameter(challenge, "opaque");
        String secret = hash(algorithm, user + ":" + realm + ":" + password);
        String request = hash(algorithm, "AUTH:" + uri);
        String response = hash(algorithm, secret + ":" + nonce + ":00000001:" + CNONCE + ":auth:" + request);
        return "Digest username=\"" + user + "\", realm=\"" + realm + "\", nonce=\"" + nonce + "\", uri=\"" + uri
                + "\", qop=auth, nc=00000001, cnonce=\"" + CNONCE + "\", response=\"" + response + "\""
                + (algorithm == null ? "" : ", algorithm=" + algorithm)
                + (opaque == null ? "" : ", opaque=\"" + opaque + "\"");
    }

    private static String parameter(String challenge, String name) {
        Matcher found =
                Pattern.compile("\\b" + name + "=(?:\"([^\"]*)\"|([^ ,]+))").matcher(challenge);
        return !found.find() ? null : found.group(1) == null ? found.group(2) : found.group(1);
    }

    private static String hash(String algorithm, String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm == null ? "MD5" : algorithm);
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
