package im.deferred.core;

import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import javax.servlet.sip.SipURI;
import javax.servlet.sip.TelURL;
import javax.servlet.sip.URI;

/**
 * A public user identity (address of record), in the one spelling by which it is stored and compared.
 *
 * <p>The spelling is the registrar's canonical form (RFC 3261 §10.3 step 5 and §19.1.4): no URI parameters and headers, host
 * in lower case, escapes of unreserved characters resolved, {@code sips:} taken as {@code sip:} (RFC 5630 §3.3: the same
 * user). A {@code tel:} URI loses its visual separators and keeps the phone-context of a local number (RFC 3966 §5).
 *
 * @param uri the canonical URI, such as {@code sip:bob@example.test} or {@code tel:+491234}; at most {@value #MAX_LENGTH}
 *     characters
 */
public record Aor(String uri) {

    /** The longest identity that is taken, in characters. */
    public static final int MAX_LENGTH = 255;

    private static final String UNRESERVED_MARKS = "-_.!~*'()";
    private static final String USER_UNRESERVED = "&=+$,;?/";

    /**
     * Takes a URI as it came and keeps its canonical form.
     *
     * @throws IllegalArgumentException if it is no {@code sip:}, {@code sips:} or {@code tel:} URI of a user
     */
    public Aor {
        Objects.requireNonNull(uri, "uri");
        uri = canonical(uri.trim());
        if (uri.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a user's URI has at most " + MAX_LENGTH + " characters");
        }
    }

    /**
     * The identity that a parsed URI names; of a public GRUU (RFC 5627 §3.1.2.1) the one whose device it is.
     *
     * @throws IllegalArgumentException if it is no {@code sip:}, {@code sips:} or {@code tel:} URI of a user, or a
     *     {@linkplain TemporaryGruu temporary GRUU}, which names a user only to those who were told
     */
    public static Aor of(URI uri) {
        if (TemporaryGruu.of(uri.toString()).isPresent()) {
            throw new IllegalArgumentException("a temporary GRUU does not tell the user");
        }
        if (uri instanceof SipURI sip) {
            String user = sip.getUser() == null ? "" : sip.getUser() + "@";
            return new Aor("sip:" + user + sip.getHost() + (sip.getPort() > 0 ? ":" + sip.getPort() : ""));
        }
        if (uri instanceof TelURL tel && tel.isGlobal() && !tel.getPhoneNumber().startsWith("+")) {
            return new Aor("tel:+" + tel.getPhoneNumber());
        }
        return new Aor(uri.toString());
    }

    /** The domain of a {@code sip:} identity, in lower case; none for a {@code tel:} one. */
    public Optional<String> domain() {
        if (uri.startsWith("tel:")) {
            return Optional.empty();
        }
        String host = uri.substring(uri.indexOf('@') + 1);
        int port = host.lastIndexOf(':');
        return Optional.of(port > host.lastIndexOf(']') ? host.substring(0, port) : host);
    }

    @Override
    public String toString() {
        return uri;
    }

    private static String canonical(String uri) {
        int colon = uri.indexOf(':');
        String scheme = colon < 0 ? "" : uri.substring(0, colon).toLowerCase(Locale.ROOT);
        String rest = uri.substring(colon + 1);
        return switch (scheme) {
            case "sip", "sips" -> "sip:" + canonicalSip(rest);
            case "tel" -> "tel:" + canonicalTel(rest);
            default -> throw new IllegalArgumentException("not a sip:, sips: or tel: URI");
        };
    }

    private static String canonicalSip(String rest) {
        int at = rest.lastIndexOf('@');
        if (at < 1) {
            throw new IllegalArgumentException("a user's SIP URI has a user part");
        }
        String user = rest.substring(0, at);
        int password = user.indexOf(':');
        String host = rest.substring(at + 1).split("[;?]", 2)[0].toLowerCase(Locale.ROOT);
        if (!host.matches("([a-z0-9]([a-z0-9.-]*)|\\[[0-9a-f:.]+])(:[0-9]{1,5})?")) {
            throw new IllegalArgumentException("a user's SIP URI has a host");
        }
        return canonicalUser(password < 0 ? user : user.substring(0, password)) + "@" + host;
    }

    /** RFC 3261 §19.1.4: a character outside the reserved set equals its escape; the others stay as they are written. */
    private static String canonicalUser(String user) {
        StringBuilder canonical = new StringBuilder(user.length());
        for (int i = 0; i < user.length(); i++) {
            char c = user.charAt(i);
            if (c == '%') {
                if (i + 2 >= user.length()) {
                    throw new IllegalArgumentException("an escape in a SIP URI has two hex digits");
                }
                char escaped = hex(user.substring(i + 1, i + 3));
                if (isUnreserved(escaped)) {
                    canonical.append(escaped);
                } else {
                    canonical.append(user.substring(i, i + 3).toUpperCase(Locale.ROOT));
                }
                i += 2;
            } else if (isUnreserved(c) || USER_UNRESERVED.indexOf(c) >= 0) {
                canonical.append(c);
            } else {
                throw new IllegalArgumentException("a character that a SIP URI's user part must escape");
            }
        }
        return canonical.toString();
    }

    private static char hex(String digits) {
        try {
            return (char) HexFormat.fromHexDigits(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("an escape in a SIP URI has two hex digits", e);
        }
    }

    private static boolean isUnreserved(char c) {
        return c < 128 && Character.isLetterOrDigit(c) || UNRESERVED_MARKS.indexOf(c) >= 0;
    }

    private static String canonicalTel(String rest) {
        String[] parts = rest.split(";");
        String number = parts[0].replaceAll("[-.()]", "").toUpperCase(Locale.ROOT);
        if (number.matches("\\+[0-9]+")) {
            return number;
        }
        if (!number.matches("[0-9A-F*#]+")) {
            throw new IllegalArgumentException("a tel: URI has a number");
        }
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].toLowerCase(Locale.ROOT);
            if (parameter.matches("phone-context=([a-z0-9.-]+|\\+[0-9.()-]+)")) {
                return number + ";" + parameter;
            }
        }
        throw new IllegalArgumentException("a local number in a tel: URI has a phone-context");
    }
}
