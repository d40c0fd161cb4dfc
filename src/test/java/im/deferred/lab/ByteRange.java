package im.deferred.lab;

/**
 * A Byte-Range (RFC 4975 §7.1.1); octets count from 1.
 *
 * @param start the first octet
 * @param end the last octet, or -1 for {@code *}
 * @param total the size of the message, or -1 for {@code *}
 */
record ByteRange(long start, long end, long total) {

    static ByteRange parse(String text) {
        String[] parts = text.strip().split("[-/]");
        if (parts.length != 3) {
            throw new IllegalArgumentException("not a Byte-Range: " + text);
        }
        return new ByteRange(Long.parseLong(parts[0]), number(parts[1]), number(parts[2]));
    }

    private static long number(String text) {
        return text.equals("*") ? -1 : Long.parseLong(text);
    }

    @Override
    public String toString() {
        return start + "-" + (end < 0 ? "*" : end) + "/" + (total < 0 ? "*" : total);
    }
}
