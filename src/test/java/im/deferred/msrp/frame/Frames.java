package im.deferred.msrp.frame;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Frames as text, for tests: what a decoder gives, with neighbouring pieces of content put together. */
final class Frames {
    static final String PATHS = """
            To-Path: msrp://bob.example.test:2855/b0b;tcp
            From-Path: msrp://alice.example.test:2855/a1ice;tcp
            """.replace("\n", "\r\n");

    private Frames() {}

    static String wire(String text) {
        return text.replace("\n", "\r\n");
    }

    /** Feeds each of these to the decoder by itself, and tells what came out. */
    static List<Object> decode(MsrpDecoder decoder, List<byte[]> reads) {
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        try {
            for (byte[] read : reads) {
                channel.writeInbound(Unpooled.wrappedBuffer(read));
            }
            return parts(channel);
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    static List<Object> decode(String... reads) {
        List<byte[]> octets = new ArrayList<>();
        for (String read : reads) {
            octets.add(octets(read));
        }
        return decode(new MsrpDecoder(), octets);
    }

    static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static List<Object> parts(EmbeddedChannel channel) {
        List<Object> parts = new ArrayList<>();
        StringBuilder content = new StringBuilder();
        for (Object part = channel.readInbound(); part != null; part = channel.readInbound()) {
            if (part instanceof MsrpPiece piece) {
                content.append(piece.content().toString(StandardCharsets.ISO_8859_1));
                piece.release();
            } else {
                if (content.length() > 0) {
                    parts.add(content.toString());
                    content.setLength(0);
                }
                parts.add(part);
            }
        }
        if (content.length() > 0) {
            parts.add(content.toString());
        }
        return parts;
    }
}
