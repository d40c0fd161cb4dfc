package im.deferred.msrp.peer;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the frames in what a connection brings, in place (RFC 4975 §7, §9): the framer itself tells of the frame at which it stands, and
 * making one step allocates nothing. The buffer grows with the frame, up to {@value #LONGEST_BUFFER} octets.
 */
final class Framer {
    static final int LONGEST_BUFFER = 16 << 20;

    private static final int INITIAL_LENGTH = 256 << 10;
    private static final int HYPHENS = 7;
    private static final int START = "MSRP ".length();
    private static final long EACH = 0x0101010101010101L;
    private static final long CARRIAGE_RETURNS = '\r' * EACH;

    /** The octets up to its position have come; those before {@link #end} are done with, or are of this frame. */
    private ByteBuffer in = newBuffer(INITIAL_LENGTH);

    private int start;
    private int end;
    private int idEnd;
    private int startLineEnd;
    private int[] lines = new int[16];
    private int lineCount;
    private int bodyStart;
    private int bodyEnd;

    /** How far the end-line of the frame that is not whole yet was searched for, from its start. */
    private int searched;

    private static ByteBuffer newBuffer(int length) {
        return ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Waits for more octets; what was known of the frame is no longer. False when the peer has closed. */
    boolean read(ReadableByteChannel from) throws IOException {
        if (end == in.position() || in.remaining() < in.capacity() / 4) {
            makeRoom();
        }
        return from.read(in) >= 0;
    }

    private void makeRoom() throws ProtocolException {
        ByteBuffer into = in;
        int kept = in.position() - end;
        if (kept > in.capacity() / 2) {
            if (in.capacity() >= LONGEST_BUFFER) {
                throw new ProtocolException("frame too long");
            }
            into = newBuffer(2 * in.capacity());
        }
        in.limit(in.position()).position(end);
        if (into == in) {
            in.compact();
        } else {
            in = into.put(in);
        }
        start = 0;
        end = 0;
    }

    /** Steps to the next frame; false when it is not whole yet. */
    boolean next() throws ProtocolException {
        start = end;
        int come = in.position();
        startLineEnd = lineEnd(start, come);
        if (startLineEnd < 0) {
            return false;
        }
        idEnd = start + START;
        while (idEnd < startLineEnd && in.get(idEnd) != ' ') {
            idEnd++;
        }
        if (idEnd == startLineEnd || in.get(start) != 'M' || in.get(start + START - 1) != ' ') {
            throw new ProtocolException("not the start of a frame: " + text(start, startLineEnd));
        }
        boolean whole = headEnds(startLineEnd + 2, come);
        if (whole) {
            searched = 0;
        }
        return whole;
    }

    private boolean headEnds(int from, int come) {
        lineCount = 0;
        for (int line = from; ; ) {
            int lineEnd = lineEnd(line, come);
            if (lineEnd < 0) {
                return false;
            }
            if (lineEnd == line) {
                return bodyEnds(line + 2, come);
            }
            if (in.get(line) == '-' && isEndLine(line + HYPHENS, lineEnd + 2)) {
                bodyStart = line;
                bodyEnd = -1;
                end = lineEnd + 2;
                return true;
            }
            if (lineCount + 1 >= lines.length) {
                lines = Arrays.copyOf(lines, 2 * lines.length);
            }
            lines[lineCount++] = line;
            lines[lineCount] = lineEnd + 2;
            line = lineEnd + 2;
        }
    }

    /** Of seven hyphens one stands at every seventh octet. An empty body has the line end before the end-line all the same. */
    private boolean bodyEnds(int from, int come) {
        bodyStart = from;
        for (int at = Math.max(from + 2, start + searched); at < come; at += HYPHENS) {
            if (in.get(at) == '-') {
                int first = at;
                while (first > from && in.get(first - 1) == '-') {
                    first--;
                }
                while (at < come && in.get(at) == '-') {
                    at++;
                }
                if (at + idEnd - start - START + 3 > come) {
                    searched = first - start;
                    return false;
                }
                if (at - first >= HYPHENS && isEndLine(at, come)) {
                    bodyEnd = at - HYPHENS - 2;
                    end = at + idEnd - start - START + 3;
                    return true;
                }
            }
        }
        searched = Math.max(searched, come - start - HYPHENS);
        return false;
    }

    /** Whether from there on stands the rest of this frame's end-line, which goes no further than that limit. */
    private boolean isEndLine(int from, int limit) {
        int length = idEnd - start - START;
        if (from + length + 3 > limit || in.get(from + length + 1) != '\r' || in.get(from - HYPHENS - 1) != '\n') {
            return false;
        }
        byte flag = in.get(from + length);
        if (flag != '$' && flag != '+' && flag != '#') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (in.get(from + i) != in.get(start + START + i)) {
                return false;
            }
        }
        return true;
    }

    /** The position of the next CR whose LF has come too, or -1: eight octets at a time. */
    private int lineEnd(int from, int come) {
        int at = from;
        for (; at + Long.BYTES < come; at += Long.BYTES) {
            long zero = in.getLong(at) ^ CARRIAGE_RETURNS;
            long found = zero - EACH & ~zero & 0x80 * EACH;
            if (found != 0) {
                return at + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        for (; at + 1 < come; at++) {
            if (in.get(at) == '\r') {
                return at;
            }
        }
        return -1;
    }

    // ---- the frame at which it stands ----

    /** The status of a response, 0 for a request. */
    int status() {
        int first = in.get(idEnd + 1) - '0';
        return first < 0 || first > 9 ? 0 : 100 * first + 10 * (in.get(idEnd + 2) - '0') + in.get(idEnd + 3) - '0';
    }

    boolean isSend() {
        return startLineEnd == idEnd + 5 && in.get(idEnd + 1) == 'S' && in.get(idEnd + 4) == 'D';
    }

    /** The method of a request; status and reason phrase of a response. */
    String startLineRest() {
        return text(idEnd + 1, startLineEnd);
    }

    String id() {
        return text(start + START, idEnd);
    }

    void putId(ByteBuffer out) {
        int length = idEnd - start - START;
        out.put(out.position(), in, start + START, length).position(out.position() + length);
    }

    /** The value of that header, null when there is none; names are compared without regard to case. */
    String header(String name) {
        for (int i = 0; i < lineCount; i++) {
            if (isNamed(lines[i], name)) {
                return text(lines[i] + name.length() + 1, lines[i + 1] - 2).strip();
            }
        }
        return null;
    }

    private boolean isNamed(int line, String name) {
        for (int i = 0; i < name.length(); i++) {
            if ((in.get(line + i) | 0x20) != (name.charAt(i) | 0x20)) {
                return false;
            }
        }
        return in.get(line + name.length()) == ':';
    }

    /** Whether the first two header lines, which are the paths, are these. */
    boolean hasPaths(ByteBuffer paths) {
        int length = lineCount < 2 ? -1 : lines[2] - lines[0];
        if (length != paths.limit()) {
            return false;
        }
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if (in.getLong(lines[0] + i) != paths.getLong(i)) {
                return false;
            }
        }
        while (i < length && in.get(lines[0] + i) == paths.get(i)) {
            i++;
        }
        return i == length;
    }

    /** A copy of the first two header lines, for {@link #hasPaths}. */
    ByteBuffer paths() {
        int length = lines[2] - lines[0];
        return newBuffer(length).put(0, in, lines[0], length);
    }

    boolean hasBody() {
        return bodyEnd >= 0;
    }

    int bodyLength() {
        return Math.max(0, bodyEnd - bodyStart);
    }

    byte[] body() {
        byte[] body = new byte[bodyLength()];
        in.get(bodyStart, body);
        return body;
    }

    /** The flag of the end-line: {@code $}, {@code +} or {@code #}. */
    char flag() {
        return (char) in.get(end - 3);
    }

    private String text(int from, int to) {
        byte[] octets = new byte[to - from];
        in.get(from, octets);
        return new String(octets, StandardCharsets.UTF_8);
    }
}
