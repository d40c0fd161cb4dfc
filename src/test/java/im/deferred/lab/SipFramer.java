package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;

/** Cuts what comes on one connection into SIP messages (RFC 3261 §18.3). */
final class SipFramer {

    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};

    private SipFramer() {}

    /**
     * The next whole message, taken from the bytes; empty until more comes. {@link IllegalArgumentException} when its length cannot be
     * read.
     */
    static Optional<byte[]> next(ByteQueue bytes) {
        while (bytes.length() >= 2 && bytes.at(0) == '\r' && bytes.at(1) == '\n') {
            bytes.skip(2); // keep-alive (RFC 5626 §3.5.1)
        }
        int headEnd = bytes.indexOf(HEAD_END, 0);
        if (headEnd < 0) {
            return Optional.empty();
        }
        int size = headEnd + HEAD_END.length + contentLength(bytes.copy(0, headEnd + HEAD_END.length));
        return bytes.length() < size ? Optional.empty() : Optional.of(bytes.take(size));
    }

    private static int contentLength(byte[] head) {
        String text = new String(head, UTF_8);
        return text.lines()
                .map(line -> line.split(":", 2))
                .filter(parts -> parts.length == 2 && parts[0].strip().matches("(?i)content-length|l"))
                .map(parts -> Integer.parseUnsignedInt(parts[1].strip()))
                .findFirst()
                .orElse(0);
    }
}
