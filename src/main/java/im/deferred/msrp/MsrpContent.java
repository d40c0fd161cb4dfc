package im.deferred.msrp;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What an outgoing message carries. It is pulled in pieces, so that memory does not grow with the size of a message. */
public interface MsrpContent {
    /** Octets of the whole content; 0 or more, and always the same. */
    long length();

    /**
     * Reads some of the content. Called from an event loop, so it must not block; never called again before the stage of the call before
     * is complete.
     *
     * @param offset position of the first octet, counted from 0, less than {@link #length}
     * @param maxLength how much may be given at most
     * @return completes on any thread with 1 to {@code maxLength} octets, which are not changed afterwards; a failure ends the message
     */
    CompletionStage<ByteBuffer> read(long offset, int maxLength);

    /** Content that is in memory; the bytes are not copied and must not be changed afterwards. */
    static MsrpContent of(byte[] bytes) {
        Objects.requireNonNull(bytes);
        return new MsrpContent() {
            @Override
            public long length() {
                return bytes.length;
            }

            @Override
            public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
                int start = Math.toIntExact(offset);
                return CompletableFuture.completedFuture(
                        ByteBuffer.wrap(bytes, start, Math.min(maxLength, bytes.length - start)));
            }
        };
    }
}
