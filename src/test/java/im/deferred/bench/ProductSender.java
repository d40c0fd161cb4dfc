package im.deferred.bench;

import im.deferred.msrp.Delivery;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpContent;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.msrp.Role;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** Our endpoint, with a session that sends. */
final class ProductSender implements Part {
    static final String URI = "msrp://127.0.0.1:9/product00000;tcp";

    private final MsrpEndpoint endpoint = new MsrpEndpoint(MsrpLimits.builder()
            .chunkLength(MsrpBench.CHUNK)
            .maxUnanswered(MsrpBench.LARGE_WINDOW)
            .build());
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private MsrpSession session;
    private volatile boolean running;
    private CompletableFuture<Integer> sent;

    @Override
    public String command(List<String> words) throws Exception {
        switch (words.get(0)) {
            case "connect" -> {
                session = endpoint.open(new MsrpAgreement(
                        MsrpUri.parse(URI),
                        MsrpUri.parsePath(words.get(2)),
                        Role.ACTIVE,
                        IncomingHandler.REFUSE_ALL,
                        Duration.ofSeconds(10)));
                session.ready().toCompletableFuture().get();
            }
            case "start" -> start(Integer.parseInt(words.get(1)), Integer.parseInt(words.get(2)));
            case "stop" -> {
                running = false;
                return sent.get().toString();
            }
            case "large" -> {
                return Long.toString(large(Long.parseLong(words.get(1))));
            }
            default -> throw new IllegalArgumentException(words.toString());
        }
        return "done";
    }

    private void start(int octets, int window) {
        byte[] content = new byte[octets];
        Arrays.fill(content, (byte) 'x');
        running = true;
        sent = new CompletableFuture<>();
        underWay.set(window);
        for (int i = 0; i < window; i++) {
            next(content);
        }
    }

    /** As many messages are under way as there are calls of this that have not ended with the last one's answer. */
    private void next(byte[] content) {
        if (!running) {
            if (underWay.decrementAndGet() == 0) {
                sent.complete(count.get());
            }
            return;
        }
        session.send(message(MsrpContent.of(content))).thenAccept(delivery -> {
            if (delivery instanceof Delivery.Confirmed) {
                next(content);
            } else {
                sent.completeExceptionally(new IllegalStateException(delivery.toString()));
            }
        });
    }

    private OutgoingMessage message(MsrpContent content) {
        return new OutgoingMessage("msg" + count.getAndIncrement(), "text/plain", Map.of(), content, false);
    }

    private long large(long octets) throws InterruptedException, ExecutionException {
        byte[] block = new byte[MsrpBench.CHUNK];
        Arrays.fill(block, (byte) 'x');
        MsrpContent content = new MsrpContent() {
            @Override
            public long length() {
                return octets;
            }

            @Override
            public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
                return CompletableFuture.completedFuture(ByteBuffer.wrap(block, 0, Math.min(maxLength, block.length)));
            }
        };
        long start = System.nanoTime();
        Delivery delivery = session.send(message(content)).toCompletableFuture().get();
        if (!(delivery instanceof Delivery.Confirmed)) {
            throw new IllegalStateException(delivery.toString());
        }
        return System.nanoTime() - start;
    }
}
