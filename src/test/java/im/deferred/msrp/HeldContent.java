package im.deferred.msrp;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Content whose last chunk is there only once it is let go. */
final class HeldContent implements MsrpContent {
    private final long length;
    private final CompletableFuture<Void> letGo = new CompletableFuture<>();

    HeldContent(long length) {
        this.length = length;
    }

    void letGo() {
        letGo.complete(null);
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
        CompletableFuture<Void> there = offset + maxLength < length ? CompletableFuture.completedFuture(null) : letGo;
        return there.thenApply(done -> ByteBuffer.allocate(maxLength));
    }
}
