package im.deferred.push;

import im.deferred.message.Encapsulation;
import im.deferred.msrp.MsrpContent;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * An encapsulated message as MSRP takes it: read from the store piece by piece, as long as the node may send it.
 *
 * @param claimed under what it is sent
 * @param reader where the store is read, since that blocks
 */
record EncapsulatedContent(Encapsulation encapsulation, Claimed claimed, Executor reader) implements MsrpContent {

    /** Whether the claim holds under which something is sent. */
    @FunctionalInterface
    interface Claimed {

        /** @throws im.deferred.node.ClaimLostException if it does not, or may not */
        void check();
    }

    @Override
    public long length() {
        return encapsulation.length();
    }

    @Override
    public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
        return CompletableFuture.supplyAsync(
                () -> {
                    claimed.check();
                    return ByteBuffer.wrap(encapsulation.read(offset, maxLength));
                },
                reader);
    }
}
