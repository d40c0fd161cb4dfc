package im.deferred.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;

/** Reads octets over TCP, as many as the first eight of them say, then writes one. */
final class RawSink implements Part {
    private final ServerSocketChannel server;

    RawSink() {
        try {
            server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread serving = new Thread(this::serve, "raw-sink");
        serving.setDaemon(true);
        serving.start();
    }

    private void serve() {
        try (SocketChannel channel = server.accept()) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(4 * MsrpBench.CHUNK);
            while (true) {
                buffer.clear().limit(Long.BYTES);
                while (buffer.hasRemaining()) {
                    if (channel.read(buffer) < 0) {
                        return;
                    }
                }
                for (long left = buffer.getLong(0); left > 0; ) {
                    int length = channel.read(buffer.clear().limit((int) Math.min(buffer.capacity(), left)));
                    if (length < 0) {
                        return;
                    }
                    left -= length;
                }
                channel.write(buffer.clear().limit(1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String command(List<String> words) throws IOException {
        return "tcp://127.0.0.1:" + ((InetSocketAddress) server.getLocalAddress()).getPort();
    }
}
