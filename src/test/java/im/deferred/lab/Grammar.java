package im.deferred.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The small grammar that SIP, MSRP and MIME header values share. */
final class Grammar {

    private Grammar() {}

    /** The parts between separators that stand outside quotes and angle brackets, stripped. */
    static List<String> split(String value, char separator) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        boolean quoted = false;
        boolean bracketed = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (quoted && c == '\\' && i + 1 < value.length()) {
                part.append(c).append(value.charAt(++i));
                continue;
            }
            if (c == '"' && !bracketed) {
                quoted = !quoted;
            } else if (!quoted && (c == '<' || c == '>')) {
                bracketed = c == '<';
            }
            if (c == separator && !quoted && !bracketed) {
                parts.add(part.toString().strip());
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        parts.add(part.toString().strip());
        return parts;
    }

    /** Parameters as {@code a=1;b;c="x"}: names in lower case, values without quotes, empty where there is none. */
    static Map<String, String> parameters(List<String> parts) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String part : parts) {
            if (!part.isEmpty()) {
                int equals = part.indexOf('=');
                String name = equals < 0 ? part : part.substring(0, equals);
                String value = equals < 0 ? "" : unquoted(part.substring(equals + 1));
                parameters.putIfAbsent(name.strip().toLowerCase(Locale.ROOT), value);
            }
        }
        return parameters;
    }

    static String unquoted(String text) {
        String value = text.strip();
        return value.length() > 1 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
                : value;
    }

    /** Whether two media types mean the same: type and parameter names in any case, values quoted or not. */
    static boolean sameMediaType(String one, String other) {
        List<String> first = split(one, ';');
        List<String> second = split(other, ';');
        return first.get(0).replace(" ", "").equalsIgnoreCase(second.get(0).replace(" ", ""))
                && parameters(first.subList(1, first.size())).equals(parameters(second.subList(1, second.size())));
    }
}
