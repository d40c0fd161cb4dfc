package im.deferred.bench;

import im.deferred.msrp.peer.Source;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A sender that is not ours. */
final class BareSource implements Part {
    static final String URI = "msrp://127.0.0.1:9/source000000;tcp";

    private Source source;
    private volatile boolean running;
    private CompletableFuture<Long> sent;

    @Override
    public String command(List<String> words) throws Exception {
        switch (words.get(0)) {
            case "connect" -> {
                source = connect(Integer.parseInt(words.get(1)), words.get(2));
                source.bind();
            }
            case "relay" -> {
                int port = Integer.parseInt(words.get(1));
                source = connect(port, words.get(2));
                source.authorize("msrp://127.0.0.1:" + port + ";tcp", "alice", "secret");
                return source.toPath();
            }
            case "start" -> {
                running = true;
                int octets = Integer.parseInt(words.get(1));
                int window = Integer.parseInt(words.get(2));
                sent = CompletableFuture.supplyAsync(() -> send(octets, window));
            }
            case "stop" -> {
                running = false;
                return sent.get().toString();
            }
            case "large" -> {
                long start = System.nanoTime();
                source.sendLarge(Long.parseLong(words.get(1)), MsrpBench.CHUNK, MsrpBench.LARGE_WINDOW);
                return Long.toString(System.nanoTime() - start);
            }
            default -> throw new IllegalArgumentException(words.toString());
        }
        return "done";
    }

    private static Source connect(int port, String toPath) throws IOException {
        return new Source(
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)), toPath, URI);
    }

    private long send(int octets, int window) {
        try {
            return source.send(() -> running, octets, window);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }
}
