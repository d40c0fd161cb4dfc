package im.deferred.message;

import java.util.Arrays;
import java.util.Objects;

/**
 * What a message carries: octets that nobody changes any more, of known length, read in pieces, so that memory does not grow with the
 * size of a message. Reading may block on a disk or a database. One reader at a time.
 */
public interface Body {

    /** Its size in octets; always the same. */
    long length();

    /**
     * Part of it.
     *
     * @param offset where to begin, from 0
     * @param max how many octets at most, at least 1
     * @return as many as that, fewer where the body ends, none behind its end; not to be changed
     * @throws IllegalStateException if there is no body any more
     * @throws java.io.UncheckedIOException if it cannot be read
     */
    byte[] read(long offset, int max);

    /** How many of its octets are in memory as long as it is. */
    long inMemory();

    /** All of it, for a body that is small or in memory already; not to be changed. */
    default byte[] octets() {
        return read(0, Math.max(1, Math.toIntExact(length())));
    }

    /** A body in memory. The octets are not copied, and must not be changed. */
    static Body of(byte[] octets) {
        Objects.requireNonNull(octets, "octets");
        return new Body() {
            @Override
            public long length() {
                return octets.length;
            }

            @Override
            public byte[] read(long offset, int max) {
                int start = (int) Math.min(offset, octets.length);
                int end = start + Math.min(max, octets.length - start);
                return start == 0 && end == octets.length ? octets : Arrays.copyOfRange(octets, start, end);
            }

            @Override
            public long inMemory() {
                return octets.length;
            }
        };
    }
}
