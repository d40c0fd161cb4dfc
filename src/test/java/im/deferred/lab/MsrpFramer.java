package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Cuts what comes on one connection into frames (RFC 4975 §7.1, §9). */
final class MsrpFramer {

    private static final byte[] CRLF = {'\r', '\n'};

    private enum State {
        START_LINE,
        HEADERS,
        BODY
    }

    private State state = State.START_LINE;
    private int position;
    private int bodyStart;
    private String startLine;
    private String endLine;
    private List<Header> headers;

    /**
     * The next whole frame, taken from the bytes; empty until more comes. {@link IllegalArgumentException} when what came is no
     * MSRP: nothing after it can be read.
     */
    Optional<MsrpFrame> next(ByteQueue bytes) {
        while (state != State.BODY) {
            int lineEnd = bytes.indexOf(CRLF, position);
            if (lineEnd < 0) {
                return Optional.empty();
            }
            String line = new String(bytes.copy(position, lineEnd), UTF_8);
            position = lineEnd + 2;
            if (state == State.START_LINE) {
                start(line);
            } else if (line.startsWith(endLine)) {
                return Optional.of(frame(bytes, null, line.substring(endLine.length())));
            } else if (line.isEmpty()) {
                state = State.BODY;
                bodyStart = position;
            } else {
                header(line);
            }
        }
        return body(bytes);
    }

    private void start(String line) {
        String[] words = line.split(" ", 3);
        if (words.length < 3 || !words[0].equals("MSRP")) {
            throw new IllegalArgumentException("not an MSRP start line: " + line);
        }
        startLine = line;
        endLine = "-------" + words[1];
        headers = new ArrayList<>();
        state = State.HEADERS;
    }

    private void header(String line) {
        int colon = line.indexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("not an MSRP header: " + line);
        }
        headers.add(new Header(line.substring(0, colon), line.substring(colon + 1)));
    }

    private Optional<MsrpFrame> body(ByteQueue bytes) {
        byte[] end = ("\r\n" + endLine).getBytes(UTF_8);
        int found = bytes.indexOf(end, position);
        while (found >= 0 && found + end.length + 3 <= bytes.length()) {
            char flag = (char) bytes.at(found + end.length);
            boolean lineEnds = bytes.at(found + end.length + 1) == '\r' && bytes.at(found + end.length + 2) == '\n';
            if ("$+#".indexOf(flag) >= 0 && lineEnds) {
                position = found + end.length + 3;
                return Optional.of(frame(bytes, bytes.copy(bodyStart, found), String.valueOf(flag)));
            }
            found = bytes.indexOf(end, found + 1);
        }
        // Where to look on: at the candidate that is not whole yet, or just before the end of what came.
        position = found >= 0 ? found : Math.max(bodyStart, bytes.length() - end.length);
        return Optional.empty();
    }

    private MsrpFrame frame(ByteQueue bytes, byte[] body, String flag) {
        if (flag.length() != 1) {
            throw new IllegalArgumentException("not an MSRP end-line: " + endLine + flag);
        }
        bytes.skip(position);
        position = 0;
        state = State.START_LINE;
        return new MsrpFrame(startLine, new Headers(headers), body, flag.charAt(0));
    }
}
