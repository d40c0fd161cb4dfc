package im.deferred.msrp;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;

/** Takes every message into memory and keeps those that are whole, and those that were aborted. */
final class Received implements IncomingHandler {
    record Message(String messageId, String contentType, byte[] content) {}

    final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();
    final BlockingQueue<String> aborted = new LinkedBlockingQueue<>();

    @Override
    public IncomingSink begin(IncomingMessage message) throws MsrpRefusal {
        if (message.contentType().startsWith("image/")) {
            throw new MsrpRefusal(415, "Not this type");
        }
        return new IncomingSink() {
            private byte[] content = new byte[0];

            @Override
            public CompletionStage<Void> write(long offset, ByteBuffer bytes) {
                int end = Math.toIntExact(offset) + bytes.remaining();
                if (end > content.length) {
                    content = Arrays.copyOf(content, Math.max(end, Math.min(2 * content.length, 1 << 24)));
                }
                bytes.get(content, (int) offset, bytes.remaining());
                return CompletableFuture.completedFuture(null);
            }

            @Override
            public CompletionStage<Void> complete(long length) {
                if (length > 2_000_000) {
                    return CompletableFuture.failedFuture(new MsrpRefusal(413, "Too long"));
                }
                byte[] whole = Arrays.copyOf(content, (int) length);
                messages.add(new Message(message.messageId(), message.contentType(), whole));
                return CompletableFuture.completedFuture(null);
            }

            @Override
            public void abort(String reason) {
                aborted.add(reason);
            }
        };
    }
}
