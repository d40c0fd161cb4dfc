package im.deferred.session;

import java.util.List;
import java.util.OptionalLong;

/**
 * What one end of a session takes and gives, whoever it is and wherever it is reached (RFC 4975 §8.6): what a server in the
 * middle says to the one end is what the other end said.
 *
 * @param direction which way content goes, seen from this end
 * @param acceptTypes media types, or {@code *}
 * @param acceptWrappedTypes types only inside wrappers; may be empty
 * @param maxSize the largest message taken, in octets
 */
record Terms(Direction direction, List<String> acceptTypes, List<String> acceptWrappedTypes, OptionalLong maxSize) {

    Terms {
        acceptTypes = List.copyOf(acceptTypes);
        acceptWrappedTypes = List.copyOf(acceptWrappedTypes);
    }

    /** Of an end that only sends, and names these types as those that it may send. */
    static Terms sending(List<String> types) {
        return new Terms(Direction.SENDONLY, types, List.of(), OptionalLong.empty());
    }

    /** Of an end that takes anything up to that size, and sends nothing. */
    static Terms taking(long maxSize) {
        return new Terms(Direction.RECVONLY, List.of("*"), List.of(), OptionalLong.of(maxSize));
    }

    /** The same for an end before which another one takes no message larger than that. */
    Terms atMost(long size) {
        return new Terms(
                direction, acceptTypes, acceptWrappedTypes, OptionalLong.of(Math.min(size, maxSize.orElse(size))));
    }

    Terms with(Direction other) {
        return new Terms(other, acceptTypes, acceptWrappedTypes, maxSize);
    }
}
