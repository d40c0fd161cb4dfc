package im.deferred.registration;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * A SIP message that came as {@code message/sip} inside another (RFC 3261 §27.5): its start line and headers. Its own body
 * is not looked at.
 *
 * @param startLine the request or status line
 * @param headers every header line in its order, folded lines joined
 */
record EmbeddedSip(String startLine, List<Header> headers) {

    /** The most header lines that are taken. */
    static final int MAX_HEADERS = 200;

    private static final String CONTACT_SHORT = "m";

    /**
     * One header line.
     *
     * @param name in lower case; the short name of Contact written out, since it is the only one read here that has one
     * @param value without surrounding white space
     */
    record Header(String name, String value) {

        Header {
            name = CONTACT_SHORT.equals(name) ? "contact" : name;
        }
    }

    EmbeddedSip {
        Objects.requireNonNull(startLine, "startLine");
        headers = List.copyOf(headers);
    }

    /**
     * Reads a message. The empty line behind the headers may be missing: multipart writers tend to lose it.
     *
     * @throws ParseException if it has no start line, a header line without a name, a control character, or more than
     *     {@value #MAX_HEADERS} headers
     */
    static EmbeddedSip parse(byte[] message) throws ParseException {
        String[] lines = new String(message, StandardCharsets.UTF_8).split("\r?\n", -1);
        String startLine = lines[0].trim();
        if (!startLine.matches("[A-Z]+ \\S+ SIP/2\\.0|SIP/2\\.0 [1-6][0-9]{2}( .*)?")) {
            throw new ParseException("no SIP start line", 0);
        }
        List<Header> headers = new ArrayList<>();
        for (int i = 1; i < lines.length && !lines[i].isEmpty(); ) {
            StringBuilder line = new StringBuilder(lines[i++]);
            // RFC 3261 §7.3.1: a line that begins with white space goes on with the one before.
            while (i < lines.length && (lines[i].startsWith(" ") || lines[i].startsWith("\t"))) {
                line.append(' ').append(lines[i++].trim());
            }
            headers.add(header(line.toString(), i));
        }
        if (headers.size() > MAX_HEADERS) {
            throw new ParseException("more than " + MAX_HEADERS + " headers", MAX_HEADERS);
        }
        return new EmbeddedSip(startLine, headers);
    }

    private static Header header(String line, int number) throws ParseException {
        int colon = line.indexOf(':');
        String name = colon < 0 ? "" : line.substring(0, colon).stripTrailing();
        if (!name.matches("[A-Za-z0-9-.!%*_+`'~]+")) {
            throw new ParseException("a header line without a name", number);
        }
        if (line.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f)) {
            throw new ParseException("a control character in a header", number);
        }
        return new Header(
                name.toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
    }

    /** Whether it is a REGISTER. */
    boolean isRegister() {
        return startLine.startsWith("REGISTER ");
    }

    /** Whether it is the 2xx to a REGISTER. */
    boolean isSuccessOfRegister() {
        return startLine.startsWith("SIP/2.0 2")
                && first("cseq").filter(cseq -> cseq.endsWith("REGISTER")).isPresent();
    }

    /** The first header of a name given in lower case. */
    Optional<String> first(String name) {
        return headers.stream()
                .filter(header -> header.name().equals(name))
                .map(Header::value)
                .findFirst();
    }

    /**
     * The values of all headers of a name given in lower case: several in one line and several lines mean the same (RFC 3261
     * §7.3.1).
     *
     * @throws ParseException if a quote or an angle bracket stays open
     */
    List<String> values(String name) throws ParseException {
        List<String> values = new ArrayList<>();
        for (Header header : headers) {
            if (header.name().equals(name)) {
                values.addAll(HeaderValue.split(header.value(), ','));
            }
        }
        return values;
    }
}
