package im.deferred.msrp.frame;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Text in UTF-8 that is put together piece by piece, then moved into a buffer at once: much faster than a buffer takes small pieces. */
final class OctetText {
    private byte[] octets = new byte[512];
    private int length;

    OctetText append(String text) {
        int end = text.length();
        ensureRoomFor(end);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                return append(text.getBytes(StandardCharsets.UTF_8));
            }
            octets[length + i] = (byte) c;
        }
        length += end;
        return this;
    }

    OctetText append(byte[] text) {
        ensureRoomFor(text.length);
        System.arraycopy(text, 0, octets, length, text.length);
        length += text.length;
        return this;
    }

    /** Writes all of it there, and begins anew. */
    void moveTo(ByteBuf out) {
        out.writeBytes(octets, 0, length);
        length = 0;
    }

    private void ensureRoomFor(int more) {
        if (length + more > octets.length) {
            octets = Arrays.copyOf(octets, Math.max(2 * octets.length, length + more));
        }
    }
}
