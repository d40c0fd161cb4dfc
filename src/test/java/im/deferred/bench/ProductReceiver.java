package im.deferred.bench;

import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.IncomingSink;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;

/** Our endpoint, whose sessions count what comes. */
final class ProductReceiver implements Part {
    private static final CompletionStage<Void> DONE = CompletableFuture.completedFuture(null);

    private final MsrpEndpoint endpoint = new MsrpEndpoint(MsrpLimits.builder()
            .maxConnections(2 * MsrpBench.IDLE_SESSIONS)
            .maxConnectionsPerAddress(2 * MsrpBench.IDLE_SESSIONS)
            .build());
    private final LongAdder messages = new LongAdder();
    private final IncomingHandler counting = message -> new IncomingSink() {
        @Override
        public CompletionStage<Void> write(long offset, ByteBuffer bytes) {
            return DONE;
        }

        @Override
        public CompletionStage<Void> complete(long length) {
            messages.increment();
            return DONE;
        }

        @Override
        public void abort(String reason) {
            System.err.println("aborted: " + reason);
        }
    };
    private final int port;

    ProductReceiver() {
        try {
            port = endpoint.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String command(List<String> words) {
        switch (words.get(0)) {
            case "session" -> {
                return open(words.get(1)).toString();
            }
            case "sessions" -> {
                List<String> uris = new ArrayList<>();
                for (int i = 0; i < Integer.parseInt(words.get(1)); i++) {
                    uris.add(open(IdleClients.uri(i)).toString());
                }
                return String.join(" ", uris);
            }
            case "count" -> {
                return messages.sum() + " " + System.nanoTime();
            }
            default -> throw new IllegalArgumentException(words.toString());
        }
    }

    private MsrpUri open(String from) {
        MsrpUri local = endpoint.newUri("127.0.0.1", port);
        endpoint.open(
                new MsrpAgreement(local, List.of(MsrpUri.parse(from)), Role.PASSIVE, counting, Duration.ofMinutes(2)));
        return local;
    }
}
