package im.deferred.registration;

import java.text.ParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * One value of a SIP header that names an address: a URI with the header's parameters (RFC 3261 §20.10; the display name is
 * not kept).
 *
 * @param uri the address as it was written, without angle brackets
 * @param parameters the header's parameters in their order, names in lower case, values without their quotes; a parameter
 *     without a value has an empty one, and one without a proper name is left out
 */
record HeaderValue(String uri, Map<String, String> parameters) {

    HeaderValue {
        Objects.requireNonNull(uri, "uri");
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /**
     * Reads a {@code name-addr} or {@code addr-spec} with parameters.
     *
     * @throws ParseException if a quote or an angle bracket stays open, or there is no URI
     */
    static HeaderValue parse(String text) throws ParseException {
        List<String> parts = split(text, ';');
        String address = parts.isEmpty() ? "" : parts.get(0);
        int open = address.lastIndexOf('<');
        // Without brackets what follows ';' belongs to the header, not to the URI (RFC 3261 §20).
        String uri = open < 0 ? address : address.substring(open + 1, address.length() - 1);
        if (uri.trim().isEmpty() || open >= 0 && !address.endsWith(">")) {
            throw new ParseException("an address without a URI", 0);
        }
        return new HeaderValue(uri.trim(), parameters(parts.subList(1, parts.size())));
    }

    /**
     * Reads {@code a="1";b=2;c}.
     *
     * @throws ParseException if a quote stays open
     */
    static Map<String, String> parseParameters(String text) throws ParseException {
        return parameters(split(text, ';'));
    }

    /** Writes parameters so that {@link #parseParameters} reads them again: every value in quotes. */
    static String writeParameters(Map<String, String> parameters) {
        List<String> written = new ArrayList<>(parameters.size());
        parameters.forEach((name, value) -> written.add(
                value.isEmpty()
                        ? name
                        : name + "=\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"'));
        return String.join(";", written);
    }

    /**
     * Splits at a separator that stands neither in a quoted string nor in angle brackets. Parts are trimmed, empty ones left
     * out.
     *
     * @throws ParseException if a quote or an angle bracket stays open
     */
    static List<String> split(String text, char separator) throws ParseException {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        boolean bracketed = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c == '\\') {
                    i++;
                } else {
                    quoted = c != '"';
                }
            } else if (bracketed) {
                bracketed = c != '>';
            } else if (c == '"') {
                quoted = true;
            } else if (c == '<') {
                bracketed = true;
            } else if (c == separator) {
                add(parts, text.substring(start, i));
                start = i + 1;
            }
        }
        if (quoted || bracketed) {
            throw new ParseException(quoted ? "a quote stays open" : "an angle bracket stays open", text.length());
        }
        add(parts, text.substring(start));
        return parts;
    }

    private static void add(List<String> parts, String part) {
        if (!part.isBlank()) {
            parts.add(part.trim());
        }
    }

    private static Map<String, String> parameters(List<String> parts) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String part : parts) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals).trim();
            String value = equals < 0 ? "" : unquoted(part.substring(equals + 1).trim());
            if (isName(name)) {
                parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), value);
            }
        }
        return parameters;
    }

    /** More than a token (RFC 3261 §25.1): all that is read the same again when it is written. */
    private static boolean isName(String text) {
        return !text.isEmpty() && text.indexOf('"') < 0 && text.indexOf('<') < 0;
    }

    static String unquoted(String value) {
        if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
            return value;
        }
        return value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1");
    }
}
