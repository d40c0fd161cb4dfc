package im.deferred.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;

/** Writes octets over TCP, each time as many as a chunk has. */
final class RawSource implements Part {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MsrpBench.CHUNK);
    private SocketChannel channel;

    @Override
    public String command(List<String> words) throws IOException {
        switch (words.get(0)) {
            case "connect" ->
                channel = SocketChannel.open(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(words.get(1))));
            case "large" -> {
                return Long.toString(send(Long.parseLong(words.get(1))));
            }
            default -> throw new IllegalArgumentException(words.toString());
        }
        return "done";
    }

    private long send(long octets) throws IOException {
        long start = System.nanoTime();
        channel.write(ByteBuffer.allocate(Long.BYTES).putLong(0, octets));
        for (long left = octets; left > 0; ) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), left));
            while (buffer.hasRemaining()) {
                left -= channel.write(buffer);
            }
        }
        if (channel.read(buffer.clear().limit(1)) != 1) {
            throw new IOException("closed by the peer");
        }
        return System.nanoTime() - start;
    }
}
