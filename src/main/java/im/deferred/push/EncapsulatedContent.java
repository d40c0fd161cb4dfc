package im.deferred.push;

import im.deferred.message.Encapsulation;
import im.deferred.msrp.MsrpContent;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * An encapsulated message as MSRP takes it: read from the store piece by piece.
 *
 * @param reader where the store is read, since that blocks
 */
record EncapsulatedContent(Encapsulation encapsulation, Executor reader) implements MsrpContent {

    @Override
    public long length() {
        return encapsulation.length();
    }

    @Override
    public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
        return CompletableFuture.supplyAsync(() -> ByteBuffer.wrap(encapsulation.read(offset, maxLength)), reader);
    }
}
