package im.deferred.lab;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes that came from a stream and wait to be taken as whole messages. */
final class ByteQueue {

    private byte[] bytes = new byte[8192];
    private int start;
    private int end;

    int length() {
        return end - start;
    }

    byte at(int index) {
        return bytes[start + index];
    }

    void add(ByteBuffer more) {
        int count = more.remaining();
        if (end + count > bytes.length) {
            byte[] target = length() + count > bytes.length ? new byte[2 * (length() + count)] : bytes;
            System.arraycopy(bytes, start, target, 0, length());
            bytes = target;
            end -= start;
            start = 0;
        }
        more.get(bytes, end, count);
        end += count;
    }

    /** The place of the pattern at or after {@code from}, or -1. */
    int indexOf(byte[] pattern, int from) {
        for (int i = start + from; i <= end - pattern.length; i++) {
            if (Arrays.equals(bytes, i, i + pattern.length, pattern, 0, pattern.length)) {
                return i - start;
            }
        }
        return -1;
    }

    /** A copy of the bytes from {@code from} up to, not including, {@code to}. */
    byte[] copy(int from, int to) {
        return Arrays.copyOfRange(bytes, start + from, start + to);
    }

    /** Removes and returns the first bytes. */
    byte[] take(int count) {
        byte[] taken = copy(0, count);
        skip(count);
        return taken;
    }

    void skip(int count) {
        start += count;
    }
}
