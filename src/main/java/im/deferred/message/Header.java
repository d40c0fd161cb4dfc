package im.deferred.message;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * One header field of a SIP message or an MSRP SEND: a name and one value, on one line.
 *
 * @param name a token (RFC 3261 §25.1, RFC 4975 §9); a compact form is taken as the name it stands for (RFC 3261 §7.3.3)
 * @param value any text without line ends and NUL, so that it cannot end the header that it is written into
 */
public record Header(String name, String value) {

    private static final Map<String, String> COMPACT_FORMS = Map.ofEntries(
            Map.entry("a", "Accept-Contact"),
            Map.entry("b", "Referred-By"),
            Map.entry("c", "Content-Type"),
            Map.entry("d", "Request-Disposition"),
            Map.entry("e", "Content-Encoding"),
            Map.entry("f", "From"),
            Map.entry("i", "Call-ID"),
            Map.entry("j", "Reject-Contact"),
            Map.entry("k", "Supported"),
            Map.entry("l", "Content-Length"),
            Map.entry("m", "Contact"),
            Map.entry("o", "Event"),
            Map.entry("r", "Refer-To"),
            Map.entry("s", "Subject"),
            Map.entry("t", "To"),
            Map.entry("u", "Allow-Events"),
            Map.entry("v", "Via"),
            Map.entry("x", "Session-Expires"),
            Map.entry("y", "Identity"));

    /** @throws IllegalArgumentException if the name is no token or the value does not fit a line */
    public Header {
        Objects.requireNonNull(value, "value");
        name = COMPACT_FORMS.getOrDefault(name.toLowerCase(Locale.ROOT), name);
        if (!name.matches("[A-Za-z0-9.!#$%&'*+^_`|~-]+")) {
            throw new IllegalArgumentException("a header's name is a token");
        }
        if (value.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0)) {
            throw new IllegalArgumentException("the value of " + name + " does not fit a line");
        }
    }

    /** A header whose value may be folded over lines: it is unfolded (RFC 3261 §7.3.1). */
    static Header unfolded(String name, String value) {
        return new Header(
                name, value.replaceAll("[ \\t]*[\\r\\n\\x00]+[ \\t]*", " ").strip());
    }

    /** Whether this is the header of that name, whatever its case. */
    public boolean is(String other) {
        return name.equalsIgnoreCase(other);
    }

    @Override
    public String toString() {
        return name + ": " + value;
    }

    /** One line of text for each header, as the store keeps them. */
    static String write(List<Header> headers) {
        StringBuilder lines = new StringBuilder();
        headers.forEach(header -> lines.append(header).append('\n'));
        return lines.toString();
    }

    /** What {@link #write} wrote. */
    static List<Header> read(String lines) {
        return lines.lines()
                .map(line -> {
                    int colon = line.indexOf(':');
                    return new Header(line.substring(0, colon), line.substring(colon + 2));
                })
                .toList();
    }
}
