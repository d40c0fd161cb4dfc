package im.deferred.msrp.frame;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the hyphens and the transaction id of an end-line in content, by Horspool's method: it looks at every 16th to 41st octet only.
 * One search serves many frames, one after the other.
 */
public final class EndLineSearch {
    /** From that many octets on it is worth to ask for another view of them. */
    private static final int LONG = 2048;

    private static final byte[] HYPHENS = "-------".getBytes(StandardCharsets.US_ASCII);

    private final byte[] prefix;
    private final byte[] pattern;
    private final byte[] shifts = new byte[256];
    /** 1 for each octet that is in the pattern. */
    private final byte[] inPattern = new byte[256];

    private int length;

    private EndLineSearch(String prefix) {
        this.prefix = prefix.getBytes(StandardCharsets.US_ASCII);
        this.pattern = Arrays.copyOf(this.prefix, this.prefix.length + 32);
    }

    /** For a receiver: the CRLF that ends the body belongs to what is searched for. */
    static EndLineSearch withLineBreak() {
        return new EndLineSearch("\r\n-------");
    }

    /** For a sender, who may not use a transaction id that occurs after seven hyphens anywhere in the body (RFC 4975 §7.1). */
    public static EndLineSearch anywhere() {
        return new EndLineSearch("-------");
    }

    /** Sets what is searched for from now on: an {@code ident} of at most 32 characters. */
    public void transactionId(String id) {
        for (int i = 0; i < length; i++) {
            inPattern[pattern[i] & 0xff] = 0;
        }
        int newLength = prefix.length + id.length();
        if (newLength == length) {
            for (int i = 0; i < length - 1; i++) {
                shifts[pattern[i] & 0xff] = (byte) length;
            }
        } else {
            length = newLength;
            Arrays.fill(shifts, (byte) length);
        }
        for (int i = 0; i < id.length(); i++) {
            pattern[prefix.length + i] = (byte) id.charAt(i);
        }
        for (int i = 0; i < length - 1; i++) {
            shifts[pattern[i] & 0xff] = (byte) (length - 1 - i);
        }
        for (int i = 0; i < length; i++) {
            inPattern[pattern[i] & 0xff] = 1;
        }
    }

    /** Octets of what is searched for. */
    int length() {
        return length;
    }

    /**
     * Where it stands first.
     *
     * @param from absolute index to begin with
     * @param to absolute index to end before
     * @return absolute index, or -1
     */
    public int indexOf(ByteBuf buffer, int from, int to) {
        if (to - from > LONG && buffer.nioBufferCount() == 1) {
            int at = indexOf(buffer.internalNioBuffer(from, to - from).slice(), 0, to - from);
            return at < 0 ? -1 : from + at;
        }
        int last = length - 1;
        byte lastByte = pattern[last];
        int at = from + last;
        while (at < to) {
            byte octet = buffer.getByte(at);
            if (octet == lastByte && matches(buffer, at - last, length)) {
                return at - last;
            }
            at += shifts[octet & 0xff];
        }
        return -1;
    }

    /** The same in a buffer of the JDK, which gives single octets faster. */
    public int indexOf(ByteBuffer buffer, int from, int to) {
        int last = length - 1;
        byte lastByte = pattern[last];
        int at = from + last;
        while (at < to) {
            while (at + 3 * length < to && noneInPattern(buffer, at)) {
                at += 4 * length;
            }
            if (at >= to) {
                break;
            }
            byte octet = buffer.get(at);
            if (octet == lastByte && matches(buffer, at - last)) {
                return at - last;
            }
            at += shifts[octet & 0xff];
        }
        return -1;
    }

    /** Whether what is searched for can stand over none of four places, one after the other: looked at together, not in turn. */
    private boolean noneInPattern(ByteBuffer buffer, int at) {
        return (inPattern[buffer.get(at) & 0xff]
                        | inPattern[buffer.get(at + length) & 0xff]
                        | inPattern[buffer.get(at + 2 * length) & 0xff]
                        | inPattern[buffer.get(at + 3 * length) & 0xff])
                == 0;
    }

    private boolean matches(ByteBuffer buffer, int at) {
        for (int i = 0; i < length; i++) {
            if (buffer.get(at + i) != pattern[i]) {
                return false;
            }
        }
        return true;
    }

    /** How many octets at the end of that range could be the beginning of what is searched for. */
    int openEnd(ByteBuf buffer, int from, int to) {
        for (int at = Math.max(from, to - length + 1); at < to; at++) {
            if (matches(buffer, at, to - at)) {
                return to - at;
            }
        }
        return 0;
    }

    /** Whether the octets at that index are the first ones of what follows the line break. */
    boolean matchesAfterLineBreak(ByteBuf buffer, int at, int count) {
        for (int i = 0; i < count; i++) {
            if (buffer.getByte(at + i) != pattern[i + 2]) {
                return false;
            }
        }
        return true;
    }

    private boolean matches(ByteBuf buffer, int at, int count) {
        for (int i = 0; i < count; i++) {
            if (buffer.getByte(at + i) != pattern[i]) {
                return false;
            }
        }
        return true;
    }

    static boolean startsWithHyphens(byte[] line, int lineLength) {
        return lineLength > HYPHENS.length && Arrays.equals(line, 0, HYPHENS.length, HYPHENS, 0, HYPHENS.length);
    }
}
