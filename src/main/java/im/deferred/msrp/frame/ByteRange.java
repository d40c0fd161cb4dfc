package im.deferred.msrp.frame;

/**
 * The Byte-Range of a chunk or a REPORT, {@code start-end/total} (RFC 4975 §7.1.1).
 *
 * @param start the position of the first octet, counted from 1
 * @param end the position of the last octet, {@code start - 1} when there is none, or {@link #UNKNOWN} ({@code *})
 * @param total octets of the whole message, or {@link #UNKNOWN} ({@code *})
 */
public record ByteRange(long start, long end, long total) {
    /** What {@code *} stands for. */
    public static final long UNKNOWN = -1;

    /** The range of a SEND without a Byte-Range header. */
    public static final ByteRange DEFAULT = new ByteRange(1, UNKNOWN, UNKNOWN);

    public ByteRange {
        if (start < 1) {
            throw new IllegalArgumentException("Byte-Range counts from 1: " + start);
        }
        if (end != UNKNOWN && end < start - 1) {
            throw new IllegalArgumentException("Byte-Range ends before its start: " + start + "-" + end);
        }
        if (total < UNKNOWN || total != UNKNOWN && end > total) {
            throw new IllegalArgumentException("Byte-Range total is too small: " + total);
        }
    }

    /** The range of a whole message of that many octets. */
    public static ByteRange whole(long length) {
        return new ByteRange(1, length, length);
    }

    /**
     * Reads a Byte-Range value.
     *
     * @throws IllegalArgumentException with the reason when it is not one
     */
    public static ByteRange parse(String value) {
        int dash = value.indexOf('-');
        int slash = value.indexOf('/');
        if (dash < 1 || slash < dash) {
            throw new IllegalArgumentException("not a Byte-Range: " + value);
        }
        return new ByteRange(
                number(value, 0, dash),
                numberOrStar(value, dash + 1, slash),
                numberOrStar(value, slash + 1, value.length()));
    }

    private static long numberOrStar(String value, int from, int to) {
        return to - from == 1 && value.charAt(from) == '*' ? UNKNOWN : number(value, from, to);
    }

    /** 18 digits at most, so that sums of two positions never overflow. */
    private static long number(String value, int from, int to) {
        if (from >= to || to - from > 18) {
            throw new IllegalArgumentException("not a Byte-Range: " + value);
        }
        long number = 0;
        for (int i = from; i < to; i++) {
            char digit = value.charAt(i);
            if (digit < '0' || digit > '9') {
                throw new IllegalArgumentException("not a Byte-Range: " + value);
            }
            number = number * 10 + digit - '0';
        }
        return number;
    }

    /** The value as it stands on the wire. */
    @Override
    public String toString() {
        return start + "-" + (end == UNKNOWN ? "*" : end) + "/" + (total == UNKNOWN ? "*" : total);
    }
}
