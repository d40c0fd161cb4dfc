package im.deferred.msrp.peer;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * Sends messages in one session over one connection as fast as the peer takes them. Of its SENDs no more than a window are without an
 * answer; a response other than 2xx is an {@link IOException}.
 */
public final class Source extends Peer {
    private static final char[] HEX = "0123456789abcdef".toCharArray();
    private static final int COUNTER = 8;
    private static final String NO_COUNT = "00000000";

    private final String fromPath;
    private String toPath;
    private String paths;
    private int count;
    private long unanswered;
    private long reports;

    /**
     * @param channel connected, in blocking mode
     * @param toPath URIs of relays, if there are any, and of the peer
     * @param fromPath URI of this end
     */
    public Source(SocketChannel channel, String toPath, String fromPath) throws IOException {
        super(channel);
        this.fromPath = fromPath;
        to(toPath);
    }

    private void to(String path) {
        toPath = path;
        paths = "To-Path: " + path + "\r\nFrom-Path: " + fromPath + "\r\n";
    }

    /**
     * This end has connected to a relay: authenticates, so that messages go through it from now on (RFC 4976 §5.1).
     *
     * @param relay the relay's own URI
     */
    public void authorize(String relay, String user, String password) throws IOException {
        auth("auth0001", relay, "");
        if (in.status() == 401) {
            String answer = Digest.answer(in.header("WWW-Authenticate"), relay, user, password);
            auth("auth0002", relay, "Authorization: " + answer + "\r\n");
        }
        if (in.status() != 200) {
            throw new IOException("AUTH answered " + in.startLineRest());
        }
        to(in.header("Use-Path") + " " + toPath);
    }

    private void auth(String id, String relay, String headers) throws IOException {
        write("MSRP " + id + " AUTH\r\nTo-Path: " + relay + "\r\nFrom-Path: " + fromPath + "\r\n" + headers + "-------"
                + id + "$\r\n");
        flush();
        if (!awaitFrame()) {
            throw new IOException("closed by the relay");
        }
    }

    /** URIs of relays, if there are any, and of the peer. */
    public String toPath() {
        return toPath;
    }

    /** This end has connected: binds the session. */
    public void bind() throws IOException {
        write(emptySend("bind0001", toPath, fromPath));
        unanswered++;
        awaitAnswers();
    }

    /** The peer has connected: waits until it binds the session. */
    public void awaitBind() throws IOException {
        if (!awaitFrame() || !in.isSend()) {
            throw new ProtocolException("no SEND came first");
        }
        answerOk();
        flush();
    }

    /**
     * Sends messages of one chunk each, and waits for the last answer.
     *
     * @param more asked before each message whether it is sent
     * @param octets of content, 1 to 2048
     * @param window 1 or more
     * @return how many were sent
     */
    public long send(BooleanSupplier more, int octets, int window) throws IOException {
        ByteBuffer frame = template(octets);
        int[] counters = counters(frame);
        long sent = 0;
        while (more.getAsBoolean()) {
            if (out.remaining() < frame.limit()) {
                flush();
            }
            int at = out.position();
            out.put(at, frame, 0, frame.limit()).position(at + frame.limit());
            long digits = digits(count++);
            for (int counter : counters) {
                out.putLong(at + counter, digits);
            }
            sent++;
            if (++unanswered >= window) {
                flush();
                takeAnswers();
            }
        }
        awaitAnswers();
        return sent;
    }

    private ByteBuffer template(int octets) {
        byte[] content = new byte[octets];
        Arrays.fill(content, (byte) 'x');
        byte[] frame = (head("m" + NO_COUNT, "1-" + octets + "/" + octets)
                        + new String(content, StandardCharsets.US_ASCII) + "\r\n-------s" + NO_COUNT + "$\r\n")
                .getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(frame.length).put(frame).flip();
    }

    /** Where in the frame the count stands: in both transaction ids and in the Message-ID. */
    private static int[] counters(ByteBuffer frame) {
        String text = StandardCharsets.ISO_8859_1.decode(frame.duplicate()).toString();
        int start = text.indexOf("s" + NO_COUNT) + 1;
        int message = text.indexOf("Message-ID: m" + NO_COUNT) + "Message-ID: m".length();
        return new int[] {start, message, text.lastIndexOf("s" + NO_COUNT) + 1};
    }

    private String head(String messageId, String range) {
        return "MSRP s" + NO_COUNT + " SEND\r\n" + paths + "Message-ID: " + messageId + "\r\nByte-Range: " + range
                + "\r\nContent-Type: text/plain\r\n\r\n";
    }

    /** Eight hexadecimal digits as they stand on the wire. */
    private static long digits(int value) {
        long digits = 0;
        for (int shift = 4 * (COUNTER - 1); shift >= 0; shift -= 4) {
            digits = digits << 8 | HEX[value >>> shift & 15];
        }
        return digits;
    }

    /**
     * Sends one message in chunks, and waits for the last answer.
     *
     * @param octets of content, 1 or more
     * @param chunk octets of content in each SEND
     * @param window 1 or more
     */
    public void sendLarge(long octets, int chunk, int window) throws IOException {
        String messageId = "l" + String.format("%08x", count++);
        byte[] content = new byte[chunk];
        Arrays.fill(content, (byte) 'x');
        ByteBuffer body = ByteBuffer.allocateDirect(chunk).put(content);
        for (long offset = 0; offset < octets; offset += chunk) {
            int length = (int) Math.min(chunk, octets - offset);
            String end = length > 2048 ? "*" : Long.toString(offset + length);
            String id = "s" + String.format("%08x", count++);
            String head = head(messageId, offset + 1 + "-" + end + "/" + octets).replaceFirst("s" + NO_COUNT, id);
            char flag = offset + length == octets ? '$' : '+';
            writeFully(ascii(head), body.position(0).limit(length), ascii("\r\n-------" + id + flag + "\r\n"));
            if (++unanswered >= window) {
                takeAnswers();
            }
        }
        awaitAnswers();
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void writeFully(ByteBuffer... parts) throws IOException {
        while (parts[parts.length - 1].hasRemaining()) {
            channel.write(parts);
        }
    }

    private void awaitAnswers() throws IOException {
        flush();
        while (unanswered > 0) {
            takeAnswers();
        }
    }

    /** Waits for some answers. */
    private void takeAnswers() throws IOException {
        if (!awaitFrame()) {
            throw new IOException("closed by the peer, " + unanswered + " unanswered");
        }
        do {
            int status = in.status();
            if (status / 100 == 2) {
                unanswered--;
            } else if (status != 0) {
                throw new IOException("answered " + in.startLineRest());
            } else {
                reports++;
            }
        } while (in.next());
    }

    /** How many REPORTs came so far. */
    public long reports() {
        return reports;
    }
}
