package im.deferred.msrp.peer;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One end of an MSRP connection, for one thread. What is put into {@link #out} leaves with {@link #flush}. */
abstract class Peer implements AutoCloseable {
    private static final int OUT_LENGTH = 256 << 10;
    private static final int LONGEST_ANSWER = 4096;

    final SocketChannel channel;
    final Framer in = new Framer();
    final ByteBuffer out = ByteBuffer.allocateDirect(OUT_LENGTH).order(ByteOrder.BIG_ENDIAN);

    /** The paths of the request that was answered last, and the 200 to it from behind the transaction id to before the one at its end. */
    private ByteBuffer paths = ByteBuffer.allocate(0);

    private byte[] ok = {};

    Peer(SocketChannel channel) throws IOException {
        this.channel = channel;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** A SEND without content, which binds the session of that To-Path to the connection it goes by (RFC 4975 §5.4). */
    public static String emptySend(String id, String toPath, String fromPath) {
        return "MSRP " + id + " SEND\r\nTo-Path: " + toPath + "\r\nFrom-Path: " + fromPath + "\r\nMessage-ID: " + id
                + "\r\nByte-Range: 1-0/0\r\n-------" + id + "$\r\n";
    }

    final void write(String text) throws IOException {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        if (out.remaining() < octets.length) {
            flush();
        }
        out.put(octets);
    }

    final void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    /** Waits for the next frame, which {@link #in} then tells of; false when the peer has closed. */
    final boolean awaitFrame() throws IOException {
        while (!in.next()) {
            if (!in.read(channel)) {
                return false;
            }
        }
        return true;
    }

    /** Answers the SEND at which {@link #in} stands with 200. */
    final void answerOk() throws IOException {
        if (!in.hasPaths(paths)) {
            paths = in.paths();
            ok = (" 200 OK\r\n" + answerPaths() + "-------").getBytes(StandardCharsets.UTF_8);
        }
        if (out.remaining() < LONGEST_ANSWER) {
            flush();
        }
        out.put((byte) 'M').put((byte) 'S').put((byte) 'R').put((byte) 'P').put((byte) ' ');
        in.putId(out);
        out.put(ok);
        in.putId(out);
        out.put((byte) '$').put((byte) '\r').put((byte) '\n');
    }

    /** A response goes one hop back: from the first URI of To-Path to the first of From-Path (RFC 4975 §7.2). */
    final String answerPaths() {
        return "To-Path: " + in.header("From-Path").split(" ")[0] + "\r\nFrom-Path: "
                + in.header("To-Path").split(" ")[0] + "\r\n";
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
