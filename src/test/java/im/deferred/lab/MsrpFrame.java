package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One MSRP request or response (RFC 4975 §7, §9). A value: every change gives a new one.
 *
 * @param startLine {@code MSRP tid METHOD} or {@code MSRP tid status comment}
 * @param headers the header fields in the order of the wire
 * @param body the body; null where there is none, which is not the same as an empty one; not copied
 * @param flag how it ends: {@code $} whole, {@code +} more follows, {@code #} aborted
 */
public record MsrpFrame(String startLine, Headers headers, byte[] body, char flag) implements WireMessage {

    /** {@link IllegalArgumentException} when the start line or the flag is none of RFC 4975 §9. */
    public MsrpFrame {
        Objects.requireNonNull(startLine, "startLine");
        Objects.requireNonNull(headers, "headers");
        if (!startLine.matches("MSRP [A-Za-z0-9][A-Za-z0-9.+%=-]{3,31} ([A-Z]+|\\d{3}( .*)?)")) {
            throw new IllegalArgumentException("not an MSRP start line: " + startLine);
        }
        if ("$+#".indexOf(flag) < 0) {
            throw new IllegalArgumentException("not a continuation flag: " + flag);
        }
    }

    /** A request without a body; To-Path and From-Path come first. */
    static MsrpFrame request(String method, String toPath, String fromPath) {
        Headers paths = Headers.NONE.add("To-Path", toPath).add("From-Path", fromPath);
        return new MsrpFrame("MSRP " + Tokens.fresh(16) + " " + method, paths, null, '$');
    }

    /** The response, which goes back one hop (RFC 4975 §7.2). */
    MsrpFrame response(int status, String comment) {
        Headers paths = Headers.NONE
                .add("To-Path", need("From-Path").split(" +")[0])
                .add("From-Path", need("To-Path").split(" +")[0]);
        return new MsrpFrame("MSRP " + transaction() + " " + status + " " + comment, paths, null, '$');
    }

    /** The transaction id. */
    public String transaction() {
        return startLine.split(" ")[1];
    }

    /** SEND, REPORT or another method; empty for a response. */
    public String method() {
        return status() == 0 ? startLine.split(" ")[2] : "";
    }

    /** The status of a response, 0 for a request. */
    public int status() {
        String word = startLine.split(" ")[2];
        return Character.isDigit(word.charAt(0)) ? Integer.parseInt(word) : 0;
    }

    /** Whether this is a SEND with content. */
    public boolean carriesContent() {
        return method().equals("SEND") && body != null;
    }

    /** The first value of the header. */
    public Optional<String> header(String name) {
        return headers.first(name);
    }

    /** The first value of the header, which must be there. */
    public String need(String name) {
        return header(name).orElseThrow(() -> new IllegalArgumentException("no " + name + " in " + startLine));
    }

    /** The Byte-Range; where none is said, the whole message (RFC 4975 §7.1.1). */
    ByteRange range() {
        long size = body == null ? 0 : body.length;
        return header("Byte-Range").map(ByteRange::parse).orElse(new ByteRange(1, size, size));
    }

    MsrpFrame add(String name, String value) {
        return new MsrpFrame(startLine, headers.add(name, value), body, flag);
    }

    /** With this content; its type is the last header (RFC 4975 §9). */
    MsrpFrame withBody(String type, byte[] bytes, char end) {
        return new MsrpFrame(startLine, headers.without("Content-Type").add("Content-Type", type), bytes, end);
    }

    /** The frame as it goes out. */
    public byte[] toBytes() {
        StringBuilder head = new StringBuilder(startLine).append("\r\n");
        headers.list().forEach(header -> head.append(header).append("\r\n"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (body == null) {
            bytes.writeBytes(head.toString().getBytes(UTF_8));
        } else {
            bytes.writeBytes(head.append("\r\n").toString().getBytes(UTF_8));
            bytes.writeBytes(body);
            bytes.writeBytes(new byte[] {'\r', '\n'});
        }
        bytes.writeBytes(("-------" + transaction() + flag + "\r\n").getBytes(UTF_8));
        return bytes.toByteArray();
    }

    /** The rules of RFC 4975 that this request breaks, one sentence each; empty for a good one. */
    List<String> violations() {
        List<String> broken = new ArrayList<>();
        List<Header> list = headers.list();
        if (list.size() < 2 || !list.get(0).is("To-Path") || !list.get(1).is("From-Path")) {
            broken.add("To-Path and From-Path are not the first headers");
        }
        if (method().equals("SEND") && header("Message-ID").isEmpty()) {
            broken.add("a SEND without Message-ID");
        }
        if (carriesContent()) {
            if (!list.get(list.size() - 1).is("Content-Type")) {
                broken.add("Content-Type is not the last header of a SEND with content");
            }
            ByteRange range = range();
            if (range.start() < 1) {
                broken.add("a Byte-Range that does not count from 1");
            } else if (range.end() >= 0 && range.end() - range.start() + 1 != body.length && flag == '$') {
                broken.add("a Byte-Range " + range + " over " + body.length + " octets");
            } else if (body.length > 2048 && range.end() >= 0) {
                broken.add("a chunk over 2048 octets whose range cannot be interrupted");
            }
        } else if (method().equals("SEND") && header("Content-Type").isPresent()) {
            broken.add("a SEND without content that has a Content-Type");
        }
        return broken;
    }

    @Override
    public String toString() {
        return startLine + header("Message-ID").map(id -> " (" + id + ")").orElse("");
    }
}
