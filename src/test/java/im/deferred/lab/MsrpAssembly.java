package im.deferred.lab;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** The chunks of one message on their way to be whole, in any order (RFC 4975 §5.1, §7.3.1). */
final class MsrpAssembly {

    private final List<MsrpFrame> chunks = new ArrayList<>();
    private long size = -1;

    /** The first chunk that came. */
    MsrpFrame first() {
        return chunks.get(0);
    }

    /** Adds a chunk and returns the whole body once every octet and the end of the message are there. */
    Optional<byte[]> add(MsrpFrame chunk) {
        chunks.add(chunk);
        if (chunk.flag() == '$') {
            size = chunk.range().start() - 1 + chunk.body().length;
        }
        if (size < 0) {
            return Optional.empty();
        }
        byte[] whole = new byte[Math.toIntExact(size)];
        BitSet there = new BitSet(whole.length);
        for (MsrpFrame part : chunks) {
            int start = Math.toIntExact(part.range().start() - 1);
            int length = Math.min(part.body().length, whole.length - start);
            if (length > 0) {
                System.arraycopy(part.body(), 0, whole, start, length);
                there.set(start, start + length);
            }
        }
        return there.cardinality() == whole.length ? Optional.of(whole) : Optional.empty();
    }
}
