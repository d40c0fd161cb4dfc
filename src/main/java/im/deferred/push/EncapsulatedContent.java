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
 * @param checkClaim throws {@link im.deferred.node.ClaimLostException} when the node may not go on sending it
 * @param reader where the store is read, since that blocks
 */
record EncapsulatedContent(Encapsulation encapsulation, Runnable checkClaim, Executor reader) implements MsrpContent {

    @Override
    public long length() {
        return encapsulation.length();
    }

    @Override
    public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
        return CompletableFuture.supplyAsync(
                () -> {
                    checkClaim.run();
                    return ByteBuffer.wrap(encapsulation.read(offset, maxLength));
                },
                reader);
    }
}
