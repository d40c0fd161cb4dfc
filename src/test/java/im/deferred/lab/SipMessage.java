package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A SIP request, response or fragment (RFC 3261 §7, RFC 3420). A value: every change gives a new one.
 *
 * @param startLine the request or status line; empty in a fragment without one
 * @param headers the header fields, long names, lists that carry addresses one value a line
 * @param body the body, empty where there is none; not copied, so not to be changed
 */
public record SipMessage(String startLine, Headers headers, byte[] body) implements WireMessage {

    private static final String VERSION = "SIP/2.0";
    private static final byte[] NO_BODY = {};

    private static final Map<String, String> COMPACT = Map.ofEntries(
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
            Map.entry("x", "Session-Expires"));

    /** Lists that hops push to and pop from; some peers fold them into one line. */
    private static final Set<String> LISTS = Set.of(
            "via",
            "route",
            "record-route",
            "contact",
            "path",
            "service-route",
            "p-asserted-identity",
            "p-associated-uri");

    /** All parts must be there, be it empty. */
    public SipMessage {
        Objects.requireNonNull(startLine, "startLine");
        Objects.requireNonNull(headers, "headers");
        Objects.requireNonNull(body, "body");
    }

    /** A request without headers. */
    public static SipMessage request(String method, String uri) {
        return new SipMessage(method + " " + uri + " " + VERSION, Headers.NONE, NO_BODY);
    }

    /** A response with what RFC 3261 §8.2.6.2 takes from the request: Via, From, To, Call-ID, CSeq. */
    public static SipMessage response(SipMessage request, int status, String reason) {
        Headers headers = Headers.NONE;
        for (Header header : request.headers.list()) {
            if (Set.of("via", "from", "to", "call-id", "cseq")
                    .contains(header.name().toLowerCase(Locale.ROOT))) {
                headers = headers.add(header.name(), header.value());
            }
        }
        return new SipMessage(VERSION + " " + status + " " + reason, headers, NO_BODY);
    }

    /**
     * Reads one message: a datagram, or what a stream's framing gave, or the content of {@code message/sip}.
     * {@link IllegalArgumentException} when it is none.
     */
    public static SipMessage parse(byte[] bytes) {
        SipMessage message = parseHead(bytes);
        int came = message.body.length;
        int length = message.header("Content-Length").map(Integer::parseInt).orElse(came);
        if (length > came) {
            throw new IllegalArgumentException("Content-Length " + length + ", but " + came + " bytes came");
        }
        return length == came
                ? message
                : new SipMessage(message.startLine, message.headers, Arrays.copyOf(message.body, length));
    }

    /** As {@link #parse}, but takes as the body whatever is there: the beginning of a message that came in chunks. */
    static SipMessage parseHead(byte[] bytes) {
        int headEnd = endOfHead(bytes);
        List<String> lines = unfolded(new String(bytes, 0, headEnd, UTF_8));
        boolean fragment = !lines.isEmpty() && lines.get(0).matches("[!-9;-~]+[ \\t]*:.*");
        if (lines.isEmpty() || !fragment && !isStartLine(lines.get(0))) {
            throw new IllegalArgumentException("not a SIP message: " + (lines.isEmpty() ? "" : lines.get(0)));
        }
        List<Header> headers = new ArrayList<>();
        for (String line : lines.subList(fragment ? 0 : 1, lines.size())) {
            addHeader(headers, line);
        }
        int bodyStart = Math.min(bytes.length, headEnd + (startsWithCrlfCrlf(bytes, headEnd) ? 4 : 2));
        byte[] body = Arrays.copyOfRange(bytes, bodyStart, bytes.length);
        return new SipMessage(fragment ? "" : lines.get(0), new Headers(headers), body);
    }

    private static int endOfHead(byte[] bytes) {
        for (int i = 0; i + 3 < bytes.length; i++) {
            if (startsWithCrlfCrlf(bytes, i)) {
                return i;
            }
        }
        return bytes.length;
    }

    private static boolean startsWithCrlfCrlf(byte[] bytes, int i) {
        return i + 3 < bytes.length
                && bytes[i] == '\r'
                && bytes[i + 1] == '\n'
                && bytes[i + 2] == '\r'
                && bytes[i + 3] == '\n';
    }

    private static boolean isStartLine(String line) {
        return line.startsWith(VERSION + " ") || line.endsWith(" " + VERSION) && line.split(" ").length == 3;
    }

    private static List<String> unfolded(String head) {
        List<String> lines = new ArrayList<>();
        for (String line : head.split("\r\n")) {
            if (!lines.isEmpty() && (line.startsWith(" ") || line.startsWith("\t"))) {
                lines.set(lines.size() - 1, lines.get(lines.size() - 1) + " " + line.strip());
            } else if (!line.isEmpty()) {
                lines.add(line);
            }
        }
        return lines;
    }

    private static void addHeader(List<Header> headers, String line) {
        int colon = line.indexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("not a header: " + line);
        }
        String written = line.substring(0, colon).strip();
        String name = COMPACT.getOrDefault(written.toLowerCase(Locale.ROOT), written);
        String value = line.substring(colon + 1);
        if (LISTS.contains(name.toLowerCase(Locale.ROOT))) {
            Grammar.split(value, ',').forEach(one -> headers.add(new Header(name, one)));
        } else {
            headers.add(new Header(name, value));
        }
    }

    /** The message as it goes out, with the Content-Length that is true. */
    public byte[] toBytes() {
        StringBuilder head = new StringBuilder();
        if (!startLine.isEmpty()) {
            head.append(startLine).append("\r\n");
        }
        for (Header header : headers.list()) {
            if (!header.is("Content-Length")) {
                head.append(header).append("\r\n");
            }
        }
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(head.length() + body.length);
        bytes.writeBytes(head.toString().getBytes(UTF_8));
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    /** Whether this is a request; a fragment without a start line is neither this nor a response. */
    public boolean isRequest() {
        return startLine.endsWith(" " + VERSION);
    }

    /** The request's method, or in a response the method of its CSeq. */
    public String method() {
        return isRequest()
                ? startLine.substring(0, startLine.indexOf(' '))
                : need("CSeq").split("\\s+")[1];
    }

    /** The Request-URI, as written. */
    public String requestUri() {
        return startLine.split(" ")[1];
    }

    /** The status of a response, 0 for a request. */
    public int status() {
        return isRequest() || startLine.isEmpty()
                ? 0
                : Integer.parseInt(startLine.split(" ")[1]);
    }

    /** Whether this is a 2xx response. */
    public boolean isSuccess() {
        return status() / 100 == 2;
    }

    /** The first value of the header. */
    public Optional<String> header(String name) {
        return headers.first(name);
    }

    /** The first value of the header, which must be there. */
    public String need(String name) {
        return header(name).orElseThrow(() -> new IllegalArgumentException("no " + name + " in " + startLine));
    }

    /** All values of the header in order. */
    public List<String> all(String name) {
        return headers.all(name);
    }

    /** The Call-ID. */
    public String callId() {
        return need("Call-ID");
    }

    /** The From header, parsed. */
    public SipAddress from() {
        return address("From");
    }

    /** The To header, parsed. */
    public SipAddress to() {
        return address("To");
    }

    /** The first header of that name, parsed as an address: some write {@code <>} only where the grammar asks for them. */
    public SipAddress address(String name) {
        return SipAddress.parse(need(name));
    }

    /** The number in CSeq. */
    public long cseq() {
        return Long.parseLong(need("CSeq").split("\\s+")[0]);
    }

    Via topVia() {
        return Via.parse(need("Via"));
    }

    /** The body as UTF-8. */
    public String text() {
        return new String(body, UTF_8);
    }

    /** With another Request-URI. */
    public SipMessage withUri(String uri) {
        return new SipMessage(method() + " " + uri + " " + VERSION, headers, body);
    }

    /** With this header as the only one of its name. */
    public SipMessage with(String name, String value) {
        return new SipMessage(startLine, headers.with(name, value), body);
    }

    /** With one more header at the end. */
    public SipMessage add(String name, String value) {
        return new SipMessage(startLine, headers.add(name, value), body);
    }

    /** With one more header before all others. */
    public SipMessage push(String name, String value) {
        return new SipMessage(startLine, headers.push(name, value), body);
    }

    /** Without the first header of that name. */
    public SipMessage pop(String name) {
        return new SipMessage(startLine, headers.pop(name), body);
    }

    /** Without any header of that name. */
    public SipMessage without(String name) {
        return new SipMessage(startLine, headers.without(name), body);
    }

    /** With this body and its type. */
    public SipMessage withBody(String type, byte[] bytes) {
        return new SipMessage(startLine, headers.with("Content-Type", type), bytes);
    }

    @Override
    public String toString() {
        return startLine + " (" + header("Call-ID").orElse("no Call-ID") + ", " + body.length + " bytes)";
    }
}
