package im.deferred.msrp.auth;

import im.deferred.msrp.frame.MsrpSyntax;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The parameters of a Digest challenge or of an answer to one, values without their quotes (RFC 7616 §3.3, §3.4). */
final class DigestParameters {

    /** The longest header value that is read, in characters. */
    static final int MAX_LENGTH = 4096;

    private static final String SCHEME = "Digest ";

    private final String text;
    private final Map<String, String> values = new HashMap<>();
    private int at = SCHEME.length();

    private DigestParameters(String text) {
        this.text = text;
    }

    /**
     * Reads a header's value.
     *
     * @throws IllegalArgumentException with the reason, and nothing of the value in it, when it is not well-formed
     */
    static DigestParameters parse(String text) {
        require(text.length() <= MAX_LENGTH, "the header is too long");
        require(MsrpSyntax.isText(text), "a control character");
        require(text.regionMatches(true, 0, SCHEME, 0, SCHEME.length()), "the scheme is not Digest");
        DigestParameters parameters = new DigestParameters(text);
        parameters.read();
        return parameters;
    }

    /** The parameter's value, or null. */
    String get(String name) {
        return values.get(name);
    }

    /** @throws IllegalArgumentException when the parameter is missing */
    String required(String name) {
        String value = values.get(name);
        require(value != null, "no " + name);
        return value;
    }

    static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** The text as a quoted string. */
    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private void read() {
        do {
            String name = name();
            require(values.put(name, value()) == null, "a parameter twice");
            skipSpaces();
        } while (skip(','));
        require(at == text.length(), "no comma after a parameter");
    }

    private String name() {
        skipSpaces();
        int equals = text.indexOf('=', at);
        String name = equals < 0 ? "" : text.substring(at, equals);
        require(MsrpSyntax.isToken(name), "a parameter without a name");
        at = equals + 1;
        return name.toLowerCase(Locale.ROOT);
    }

    private String value() {
        if (skip('"')) {
            return quotedString();
        }
        int start = at;
        while (at < text.length() && text.charAt(at) != ',' && !isSpace()) {
            at++;
        }
        String token = text.substring(start, at);
        require(MsrpSyntax.isToken(token), "a value that is neither token nor quoted string");
        return token;
    }

    private String quotedString() {
        StringBuilder value = new StringBuilder();
        while (!skip('"')) {
            skip('\\');
            require(at < text.length(), "a quoted string without end");
            value.append(text.charAt(at++));
        }
        return value.toString();
    }

    private boolean skip(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        if (there) {
            at++;
        }
        return there;
    }

    private void skipSpaces() {
        while (at < text.length() && isSpace()) {
            at++;
        }
    }

    private boolean isSpace() {
        return text.charAt(at) == ' ' || text.charAt(at) == '\t';
    }
}
