package im.deferred.msrp.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.TooLongFrameException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * What a decoder makes of octets that reach it in that many reads.
 *
 * @param parts what came out, neighbouring pieces of content put together as text
 * @param failure the exception that broke the connection, or null
 * @param mostWaiting the most octets of memory that the decoder held between two reads
 * @param leaked octets of memory that were not given back when the channel was closed
 */
record Decoding(List<Object> parts, Class<?> failure, long mostWaiting, long leaked) {

    /** Feeds the reads to the decoder, one after the other, then closes the channel. */
    static Decoding of(MsrpDecoder decoder, List<byte[]> reads) {
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false);
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(memory);
        channel.pipeline().addLast(decoder);
        Gathering gathering = new Gathering();
        Class<?> failure = null;
        long mostWaiting = 0;
        for (byte[] read : reads) {
            try {
                channel.writeInbound(memory.buffer(read.length).writeBytes(read));
            } catch (CorruptedFrameException | TooLongFrameException e) {
                if (failure != null) {
                    throw new AssertionError("a broken connection broke again", e);
                }
                failure = e.getClass();
            }
            gathering.take(channel);
            mostWaiting = Math.max(mostWaiting, memory.metric().usedHeapMemory());
        }
        channel.finish();
        gathering.take(channel);
        return new Decoding(
                gathering.parts(),
                failure,
                mostWaiting,
                memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory());
    }

    /** The octets of those frames on the wire. */
    static byte[] encode(List<?> parts) {
        EmbeddedChannel channel = new EmbeddedChannel(new MsrpEncoder());
        for (Object part : parts) {
            channel.write(
                    part instanceof String content
                            ? new MsrpPiece(channel.alloc().buffer().writeBytes(Frames.octets(content)))
                            : part);
        }
        channel.flush();
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        for (ByteBuf buffer = channel.readOutbound(); buffer != null; buffer = channel.readOutbound()) {
            octets.writeBytes(ByteBufUtil.getBytes(buffer));
            buffer.release();
        }
        channel.finish();
        return octets.toByteArray();
    }

    /** Those octets cut into pieces of 1 to that many. */
    static List<byte[]> pieces(byte[] octets, int longest, RandomGenerator random) {
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < octets.length; ) {
            int end = Math.min(octets.length, at + 1 + random.nextInt(longest));
            pieces.add(Arrays.copyOfRange(octets, at, end));
            at = end;
        }
        return pieces;
    }

    /** Those octets cut in two. */
    static List<byte[]> halves(byte[] octets, int at) {
        return List.of(Arrays.copyOf(octets, at), Arrays.copyOfRange(octets, at, octets.length));
    }

    private static final class Gathering {
        private final List<Object> parts = new ArrayList<>();
        private final StringBuilder content = new StringBuilder();

        void take(EmbeddedChannel channel) {
            for (Object part = channel.readInbound(); part != null; part = channel.readInbound()) {
                if (part instanceof MsrpPiece piece) {
                    content.append(piece.content().toString(StandardCharsets.ISO_8859_1));
                    piece.release();
                } else {
                    endContent();
                    parts.add(part);
                }
            }
        }

        List<Object> parts() {
            endContent();
            return parts;
        }

        private void endContent() {
            if (!content.isEmpty()) {
                parts.add(content.toString());
                content.setLength(0);
            }
        }
    }
}
