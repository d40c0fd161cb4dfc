package im.deferred.bench;

import im.deferred.msrp.peer.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/** A receiver that is not ours, for one connection. */
final class BareSink implements Part {
    private final ServerSocketChannel server;
    private volatile Sink sink;

    BareSink() {
        try {
            server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread serving = new Thread(this::serve, "sink");
        serving.setDaemon(true);
        serving.start();
    }

    private void serve() {
        try (Sink accepted = new Sink(server.accept())) {
            sink = accepted;
            accepted.serve();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String command(List<String> words) throws IOException {
        return switch (words.get(0)) {
            case "session" ->
                "msrp://127.0.0.1:" + ((InetSocketAddress) server.getLocalAddress()).getPort() + "/sink00000000;tcp";
            case "count" -> sink.count().messages() + " " + System.nanoTime();
            default -> throw new IllegalArgumentException(words.toString());
        };
    }
}
