package im.deferred.msrp.frame;

import static im.deferred.Property.oneOf;
import static im.deferred.Property.text;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.Property;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Frames, whole and damaged, on their way through the encoder, a connection that cuts them anywhere, and the decoder. */
class MsrpFramePropertyTest {
    private static final String ALPHANUMERICS = "azAZ09";
    private static final String VISIBLE = "aZ0-._:;/@<>\"\\=*é☂\u0085";
    private static final List<String> DAMAGES =
            List.of("\r", "\n", "-", ":", " ", "$", "+", "#", "MSRP", "\0", "\u00ff", "a");

    @Test
    void m01_whatIsEncodedIsDecodedWhereverItIsCutInTwo() {
        Property.holds(25, random -> {
            List<Object> frame = frame(random, 60);
            byte[] octets = Decoding.encode(frame);
            for (int at = 0; at <= octets.length; at++) {
                assertThat(decoded(Decoding.halves(octets, at)))
                        .as("cut at %d", at)
                        .isEqualTo(joined(frame));
            }
        });
    }

    @Test
    void m01_whatIsEncodedIsDecodedFromAnyPieces() {
        Property.holds(100, random -> {
            List<Object> frames = new ArrayList<>();
            for (int count = random.nextInt(1, 5); count > 0; count--) {
                frames.addAll(frame(random, 5000));
            }
            byte[] octets = Decoding.encode(frames);
            for (int longest : List.of(1, 10, 1000)) {
                assertThat(decoded(Decoding.pieces(octets, longest, random))).isEqualTo(joined(frames));
            }
        });
    }

    @Test
    void damagedFramesMeanTheSameInAnyPieces() {
        Property.holds(500, random -> {
            List<Object> frames = new ArrayList<>(frame(random, 60));
            frames.addAll(frame(random, 60));
            byte[] octets = damaged(Decoding.encode(frames), random);
            Decoding whole = Decoding.of(new MsrpDecoder(200, 2000, 20), List.of(octets));
            Decoding inPieces = Decoding.of(new MsrpDecoder(200, 2000, 20), Decoding.pieces(octets, 20, random));
            assertThat(inPieces.parts()).isEqualTo(whole.parts());
            assertThat(inPieces.failure()).isEqualTo(whole.failure());
        });
    }

    @Test
    void m08_whatIsWrittenOfAByteRangeIsRead() {
        Property.holds(1000, random -> {
            long start = random.nextLong(1, oneOf(random, 2L, 10_000L, 100_000_000_000_000_000L));
            long end = random.nextInt(4) == 0 ? ByteRange.UNKNOWN : start - 1 + random.nextInt(3000);
            long total = random.nextInt(4) == 0 ? ByteRange.UNKNOWN : Math.max(start, end) + random.nextInt(3000);
            ByteRange range = new ByteRange(start, end, total);
            assertThat(ByteRange.parse(range.toString())).isEqualTo(range);
        });
    }

    private static List<Object> decoded(List<byte[]> reads) {
        Decoding decoding = Decoding.of(new MsrpDecoder(), reads);
        assertThat(decoding.failure()).isNull();
        assertThat(decoding.leaked()).isZero();
        return decoding.parts();
    }

    /** The parts of a frame, content as text. */
    private static List<Object> frame(RandomGenerator random, int longestContent) {
        List<Object> parts = new ArrayList<>();
        StringBuilder body = new StringBuilder();
        for (int pieces = random.nextInt(4); pieces > 0; pieces--) {
            String alphabet = oneOf(random, "\r\n-aZ$+#", "\0\u00ff\n ", "-");
            String piece = text(random, alphabet, 0, longestContent);
            parts.add(piece);
            body.append(piece);
        }
        parts.add(0, head(random, body.toString()));
        parts.add(oneOf(random, Continuation.values()));
        return parts;
    }

    private static MsrpHead head(RandomGenerator random, String body) {
        MsrpHeaders headers = new MsrpHeaders();
        for (int count = random.nextInt(6); count > 0; count--) {
            headers.add(
                    oneOf(random, "Message-ID", "BYTE-RANGE", "X-" + text(random, ALPHANUMERICS, 0, 20)),
                    text(random, VISIBLE, 0, 50));
        }
        String id = transactionId(random, body);
        String to = text(random, VISIBLE, 1, 60);
        String from = text(random, VISIBLE, 1, 60);
        return random.nextBoolean()
                ? new MsrpRequest(id, oneOf(random, "SEND", "REPORT", "AUTH", "X200"), to, from, headers)
                : new MsrpResponse(
                        id, random.nextInt(100, 1000), text(random, VISIBLE + " ", 0, 20), to, from, headers);
    }

    /** One that a sender may use with that body (RFC 4975 §7.1). */
    private static String transactionId(RandomGenerator random, String body) {
        EndLineSearch search = EndLineSearch.anywhere();
        while (true) {
            String id = text(random, ALPHANUMERICS, 1, 1) + text(random, ALPHANUMERICS + ".-+%=", 3, 31);
            search.transactionId(id);
            if (search.indexOf(Unpooled.wrappedBuffer(Frames.octets(body)), 0, body.length()) < 0) {
                return id;
            }
        }
    }

    /** As a decoder gives them: pieces that follow each other are one, and empty ones none. */
    private static List<Object> joined(List<Object> parts) {
        List<Object> joined = new ArrayList<>();
        for (Object part : parts) {
            int last = joined.size() - 1;
            if (part instanceof String content && joined.get(last) instanceof String before) {
                joined.set(last, before + content);
            } else if (!"".equals(part)) {
                joined.add(part);
            }
        }
        return joined;
    }

    private static byte[] damaged(byte[] octets, RandomGenerator random) {
        StringBuilder text = new StringBuilder(new String(octets, StandardCharsets.ISO_8859_1));
        for (int times = random.nextInt(1, 4); times > 0; times--) {
            int at = random.nextInt(text.length());
            int to = Math.min(text.length(), at + random.nextInt(3));
            text.replace(
                    at,
                    to,
                    random.nextBoolean()
                            ? DAMAGES.get(random.nextInt(DAMAGES.size()))
                            : text.substring(at, to).repeat(2));
        }
        return Frames.octets(text.toString());
    }
}
