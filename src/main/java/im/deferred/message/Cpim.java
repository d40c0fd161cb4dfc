package im.deferred.message;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The head of a {@code message/cpim} (RFC 3862): the headers of the message, and the MIME headers of its content. The content itself is
 * not copied: it is what follows in the octets that were read.
 *
 * @param headers of the message in their order, {@code NS} among them
 * @param mime the MIME headers of the content
 * @param contentOffset octets of the head, empty lines included: where the content begins
 */
record Cpim(List<Field> headers, List<Header> mime, int contentOffset) {

    /** The namespace of the headers that RFC 3862 §4 defines. */
    static final String CORE = "urn:ietf:params:cpim-headers:";

    /** Whether we know what such a core header asks for. */
    private static final Set<String> KNOWN = Set.of("From", "To", "cc", "DateTime", "Subject", "NS", "Require");

    private static final String CRLF = "\r\n";
    private static final String ESCAPED = "\b\t\n\r\"'\\";
    private static final String ESCAPES = "btnr\"'\\";
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:u([0-9A-Fa-f]{4})|([btnr\"'\\\\]))");
    private static final Pattern NAME =
            Pattern.compile("(TOKEN\\.)?TOKEN".replace("TOKEN", "[A-Za-z0-9!#$%&'*+^_`|~-]+"));

    /**
     * How much of a head is read.
     *
     * @param headers lines of headers at most, those of MIME included
     * @param lineLength octets of a line at most
     */
    record Limits(int headers, int lineLength) {
        static final Limits DEFAULTS = new Limits(100, 8192);
    }

    /**
     * A header of the message (RFC 3862 §2.2); names are compared with regard to case.
     *
     * @param name with its prefix, if it has one: {@code imdn.Message-ID}
     * @param parameters as they stand between the semicolons: {@code lang=fr}
     * @param value as it stands on the line, escapes included, without white space around it
     */
    record Field(String name, List<String> parameters, String value) {

        /** @throws IllegalArgumentException if one of them does not fit its place in the line */
        Field {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("not the name of a header");
            }
            parameters = List.copyOf(parameters);
            for (String parameter : parameters) {
                if (parameter.isEmpty() || endOfParameter(parameter, 0) != parameter.length()) {
                    throw new IllegalArgumentException("not a parameter of " + name);
                }
            }
            value = value.strip();
            if (Stream.concat(parameters.stream(), Stream.of(value))
                    .anyMatch(part -> part.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0))) {
                throw new IllegalArgumentException("the value of " + name + " does not fit a line");
            }
        }

        /** A header without parameters. */
        Field(String name, String value) {
            this(name, List.of(), value);
        }

        /** The value with its escapes undone. */
        String text() {
            return unescape(value);
        }

        /** The language that the value is in ({@code lang}), if it says so. */
        Optional<String> language() {
            return parameters.stream()
                    .filter(parameter -> parameter.startsWith("lang="))
                    .map(parameter -> parameter.substring(5))
                    .findFirst();
        }

        @Override
        public String toString() {
            StringBuilder line = new StringBuilder(name).append(':');
            parameters.forEach(parameter -> line.append(';').append(parameter));
            return line.append(' ').append(value).toString();
        }
    }

    /**
     * Who sends or receives (RFC 3862 §2.3.1).
     *
     * @param name what to call them, escapes undone; may be empty
     * @param uri in any scheme
     */
    record Address(String name, String uri) {

        /** @throws ParseException if it has no URI in angle brackets at its end */
        static Address parse(String text) throws ParseException {
            int open = text.lastIndexOf('<');
            String uri = open < 0 ? "" : text.substring(open + 1, Math.max(open + 1, text.length() - 1));
            if (uri.isEmpty() || !text.endsWith(">")) {
                throw new ParseException("an address without a URI", 0);
            }
            String name = text.substring(0, open).strip();
            boolean quoted = name.length() > 1 && name.startsWith("\"") && name.endsWith("\"");
            return new Address(unescape(quoted ? name.substring(1, name.length() - 1) : name), uri);
        }
    }

    Cpim {
        headers = List.copyOf(headers);
        mime = List.copyOf(mime);
    }

    /** A head that is to be written. */
    Cpim(List<Field> headers, List<Header> mime) {
        this(headers, mime, written(headers, mime).getBytes(StandardCharsets.UTF_8).length);
    }

    /**
     * Reads the head of a message within the default limits.
     *
     * @throws ParseException with the octet at which the line begins that is none
     */
    static Cpim parse(byte[] message) throws ParseException {
        return parse(message, Limits.DEFAULTS);
    }

    /**
     * Reads the head of a message. Lines may end with a line feed alone.
     *
     * @throws ParseException with the octet at which the line begins that is none, or that exceeds a limit
     */
    static Cpim parse(byte[] message, Limits limits) throws ParseException {
        Lines lines = new Lines(message, limits);
        List<Field> headers = new ArrayList<>();
        List<Header> mime = new ArrayList<>();
        try {
            for (String line = lines.next(); !line.isEmpty(); line = lines.next()) {
                headers.add(field(line));
            }
            for (String line = lines.nextUnfolded(); !line.isEmpty(); line = lines.nextUnfolded()) {
                int colon = colon(line);
                mime.add(Header.unfolded(line.substring(0, colon), line.substring(colon + 1)));
            }
        } catch (IllegalArgumentException e) {
            throw lines.failure(e.getMessage(), e);
        }
        return new Cpim(headers, mime, lines.at);
    }

    /** The head as it stands before the content, both empty lines included. */
    String head() {
        return written(headers, mime);
    }

    /** The Content-Type of the content; null if it has none. */
    String contentType() {
        return mime.stream()
                .filter(header -> header.is("Content-Type"))
                .map(Header::value)
                .findFirst()
                .orElse(null);
    }

    /** The headers of that name in that namespace (RFC 3862 §3.4), whatever the prefix they are written with. */
    List<Field> headers(String namespace, String name) {
        return IntStream.range(0, headers.size())
                .filter(index -> isNamed(index, namespace, name))
                .mapToObj(headers::get)
                .toList();
    }

    /**
     * Who the {@code From}, {@code To} or {@code cc} headers name.
     *
     * @throws ParseException if one of them names nobody
     */
    List<Address> addresses(String name) throws ParseException {
        List<Address> addresses = new ArrayList<>();
        for (Field header : headers(CORE, name)) {
            addresses.add(Address.parse(header.value()));
        }
        return addresses;
    }

    /** When it was sent: DateTime (RFC 3339), if there is one that can be read. */
    Optional<Instant> dateTime() {
        return headers(CORE, "DateTime").stream().findFirst().flatMap(header -> {
            try {
                return Optional.of(OffsetDateTime.parse(header.value()).toInstant());
            } catch (DateTimeException e) {
                return Optional.empty();
            }
        });
    }

    /**
     * The names in Require headers that neither RFC 3862 defines nor the caller understands: unless there are none, the message must not
     * be processed (RFC 3862 §4.7).
     *
     * @param understood names, each behind its namespace's URI
     */
    List<String> notUnderstood(Set<String> understood) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            if (isNamed(i, CORE, "Require")) {
                for (String name : headers.get(i).value().split(",")) {
                    String stripped = name.strip();
                    if (!isUnderstood(stripped, i, understood)) {
                        names.add(stripped);
                    }
                }
            }
        }
        return names;
    }

    private boolean isUnderstood(String name, int index, Set<String> understood) {
        String local = name.substring(name.indexOf('.') + 1);
        return namespace(name, index)
                .filter(uri -> uri.equals(CORE) && KNOWN.contains(local) || understood.contains(uri + local))
                .isPresent();
    }

    private boolean isNamed(int index, String namespace, String name) {
        String written = headers.get(index).name();
        return written.substring(written.indexOf('.') + 1).equals(name)
                && namespace(written, index).filter(namespace::equals).isPresent();
    }

    /** The namespace of a name in that header: what the NS headers before it say last; none if they do not know its prefix. */
    private Optional<String> namespace(String name, int index) {
        String prefix = name.substring(0, Math.max(0, name.indexOf('.')));
        for (int i = index - 1; i >= 0; i--) {
            String value = headers.get(i).value();
            int open = value.indexOf('<');
            if (headers.get(i).name().equals("NS")
                    && open >= 0
                    && value.endsWith(">")
                    && value.substring(0, open).strip().equals(prefix)) {
                return Optional.of(value.substring(open + 1, value.length() - 1));
            }
        }
        return prefix.isEmpty() ? Optional.of(CORE) : Optional.empty();
    }

    /** Text as a header's value: backslashes and control characters escaped (RFC 3862 §2.2). */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int known = ESCAPED.indexOf(c);
            if (c == '\\' || known >= 0 && c < ' ') {
                escaped.append('\\').append(ESCAPES.charAt(known));
            } else if (c < ' ' || c == 0x7f) {
                escaped.append("\\u%04x".formatted((int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }

    /** A backslash that begins no escape stands for itself. */
    private static String unescape(String value) {
        return ESCAPE.matcher(value).replaceAll(escape -> {
            String digits = escape.group(1);
            char c = digits != null
                    ? (char) Integer.parseInt(digits, 16)
                    : ESCAPED.charAt(ESCAPES.indexOf(escape.group(2)));
            return Matcher.quoteReplacement(String.valueOf(c));
        });
    }

    private static String written(List<Field> headers, List<Header> mime) {
        StringBuilder head = new StringBuilder();
        headers.forEach(header -> head.append(header).append(CRLF));
        head.append(CRLF);
        mime.forEach(header -> head.append(header).append(CRLF));
        return head.append(CRLF).toString();
    }

    private static Field field(String line) {
        int at = colon(line) + 1;
        String name = line.substring(0, at - 1);
        List<String> parameters = new ArrayList<>();
        while (at < line.length() && line.charAt(at) == ';') {
            int end = endOfParameter(line, at + 1);
            parameters.add(line.substring(at + 1, end));
            at = end;
        }
        return new Field(name, parameters, line.substring(at));
    }

    /** A parameter ends before a space or a semicolon that stand in no quoted string. */
    private static int endOfParameter(String line, int from) {
        boolean quoted = false;
        int at = from;
        while (at < line.length() && (quoted || line.charAt(at) != ' ' && line.charAt(at) != ';')) {
            if (quoted && line.charAt(at) == '\\') {
                at++;
            } else if (line.charAt(at) == '"') {
                quoted = !quoted;
            }
            at++;
        }
        if (quoted || at > line.length()) {
            throw new IllegalArgumentException("a quote stays open");
        }
        return at;
    }

    private static int colon(String line) {
        int colon = line.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("a header line without a colon");
        }
        return colon;
    }

    /** The lines of a head. */
    private static final class Lines {
        private final byte[] octets;
        private final Limits limits;
        private int at;
        private int lineStart;
        private int count;

        Lines(byte[] octets, Limits limits) {
            this.octets = octets;
            this.limits = limits;
        }

        String next() throws ParseException {
            lineStart = at;
            int end = at;
            while (end < octets.length && octets[end] != '\n' && end - at <= limits.lineLength() + 1) {
                end++;
            }
            if (end == octets.length) {
                throw failure("the head does not end", null);
            }
            int length = end > at && octets[end - 1] == '\r' ? end - 1 - at : end - at;
            if (length > limits.lineLength()) {
                throw failure("a line over " + limits.lineLength() + " octets", null);
            }
            if (length > 0 && ++count > limits.headers()) {
                throw failure("more than " + limits.headers() + " headers", null);
            }
            String line = new String(octets, at, length, StandardCharsets.UTF_8);
            at = end + 1;
            return line;
        }

        /** RFC 2045 §2, RFC 5322 §2.2.3: a line that begins with white space goes on with the one before. */
        String nextUnfolded() throws ParseException {
            StringBuilder line = new StringBuilder(next());
            while (!line.isEmpty() && at < octets.length && (octets[at] == ' ' || octets[at] == '\t')) {
                line.append(' ').append(next().strip());
            }
            return line.toString();
        }

        ParseException failure(String reason, Throwable cause) {
            ParseException failure = new ParseException(reason, lineStart);
            failure.initCause(cause);
            return failure;
        }
    }
}
