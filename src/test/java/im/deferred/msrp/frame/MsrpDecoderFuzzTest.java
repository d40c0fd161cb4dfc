package im.deferred.msrp.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Frames with octets changed, dropped and doubled: read in one piece or in many, they mean the same. */
class MsrpDecoderFuzzTest {
    private static final String FRAMES = "MSRP a786hjs2 SEND\r\n" + Frames.PATHS
            + "Message-ID: 87652491\r\nByte-Range: 1-9/9\r\nContent-Type: text/plain\r\n\r\n"
            + "hi\r\n-------a\r\n-------a786hjs2+\r\n"
            + "MSRP a786hjs2 200 OK\r\n" + Frames.PATHS + "-------a786hjs2$\r\n";

    private final Random random = new Random(4975);

    @Test
    void damagedFramesReadInOnePieceOrInMany() {
        for (int round = 0; round < 5000; round++) {
            byte[] octets = damage(Frames.octets(FRAMES));
            assertThat(outcome(pieces(octets))).isEqualTo(outcome(List.of(octets)));
        }
    }

    /** What came out, or that the connection broke. */
    private static Object outcome(List<byte[]> reads) {
        try {
            return Frames.decode(new MsrpDecoder(200, 2000, 20), reads);
        } catch (DecoderException e) {
            return e.getClass();
        }
    }

    private byte[] damage(byte[] octets) {
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            int at = random.nextInt(octets.length);
            switch (random.nextInt(3)) {
                case 0 -> octets[at] = (byte) "\r\n-: $+#MSRP\0\377a".charAt(random.nextInt(15));
                case 1 -> {
                    System.arraycopy(octets, at + 1, octets, at, octets.length - at - 1);
                    octets = Arrays.copyOf(octets, octets.length - 1);
                }
                default -> {
                    octets = Arrays.copyOf(octets, octets.length + 1);
                    System.arraycopy(octets, at, octets, at + 1, octets.length - at - 1);
                }
            }
        }
        return octets;
    }

    private List<byte[]> pieces(byte[] octets) {
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < octets.length; ) {
            int end = Math.min(octets.length, at + 1 + random.nextInt(20));
            pieces.add(Arrays.copyOfRange(octets, at, end));
            at = end;
        }
        return pieces;
    }
}
