package im.deferred.message;

import java.util.Iterator;
import java.util.stream.Stream;
import javax.servlet.sip.Address;

/**
 * Addresses written in full. Containers write a parsed address each in its own way, with and without angle brackets and quotes;
 * we write all of them as {@code "Display name" <uri>;parameter=value}.
 */
final class Addresses {

    private static final String TOKEN = "[A-Za-z0-9.!%*_+`'~:\\[\\]-]+";

    private Addresses() {}

    /** The address in full (RFC 3261 §25.1, name-addr). */
    static String full(Address address) {
        StringBuilder text = new StringBuilder();
        String name = address.getDisplayName();
        if (name != null && !name.isBlank()) {
            text.append(quoted(name)).append(' ');
        }
        text.append('<').append(address.getURI()).append('>');
        for (Iterator<String> names = address.getParameterNames(); names.hasNext(); ) {
            String parameter = names.next();
            String value = address.getParameter(parameter);
            text.append(';').append(parameter);
            if (value != null && !value.isEmpty()) {
                text.append('=').append(value.matches(TOKEN) ? value : quoted(value));
            }
        }
        return text.toString();
    }

    /**
     * A full address as CPIM has it (RFC 3862 §2.3.1, §3): without parameters, and with no escapes in the display name but those of
     * the quote and of the backslash, which CPIM and SIP have in common.
     */
    static String cpim(String full) {
        int open = endOfName(full);
        String uri = "<" + uri(full) + ">";
        String name = full.substring(0, Math.max(0, open)).strip();
        return name.isEmpty() ? uri : name.replaceAll("\\\\([^\"\\\\])", "$1") + " " + uri;
    }

    /** The URI of a full address. */
    static String uri(String full) {
        int open = endOfName(full);
        return open < 0 ? full.split(";", 2)[0].strip() : full.substring(open + 1, full.indexOf('>', open));
    }

    /** Whether a full address, of a Contact, is that of a conference focus (RFC 3840 §10.18, RFC 4579 §4.1). */
    static boolean isFocus(String full) {
        return Stream.of(full.substring(full.indexOf('>', endOfName(full)) + 1).split(";"))
                .anyMatch(parameter -> parameter.split("=", 2)[0].strip().equalsIgnoreCase("isfocus"));
    }

    /** Where the angle bracket opens, or -1 if there is none. */
    private static int endOfName(String full) {
        return full.startsWith("\"") ? full.indexOf('<', endOfQuoted(full)) : full.indexOf('<');
    }

    /** As a quoted string; some containers hand out the text between the quotes with its escapes, and some without. */
    private static String quoted(String text) {
        String bare = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < bare.length(); i++) {
            char c = bare.charAt(i);
            if (c == '\\' && i + 1 < bare.length()) {
                quoted.append(c).append(bare.charAt(++i));
            } else if (c == '\\' || c == '"') {
                quoted.append('\\').append(c);
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    private static int endOfQuoted(String text) {
        int end = 1;
        while (end < text.length() && text.charAt(end) != '"') {
            end += text.charAt(end) == '\\' ? 2 : 1;
        }
        return end;
    }
}
