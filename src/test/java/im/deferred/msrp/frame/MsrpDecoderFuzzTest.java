package im.deferred.msrp.frame;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Whatever comes on a connection: it means the same in any pieces, holds no more memory than the limits say, and leaks none. */
class MsrpDecoderFuzzTest {
    private static final int MAX_LINE = 120;
    private static final int MAX_HEAD = 400;
    private static final int MAX_HEADERS = 8;

    @DictionaryFile(resourcePath = "MsrpDecoderFuzzTest.dict")
    @FuzzTest
    void sameFramesWhateverTheReads(byte[] octets) {
        Decoding whole = decoding(List.of(octets));
        Random random = new Random(Arrays.hashCode(octets));

        assertSame(decoding(Decoding.halves(octets, random.nextInt(octets.length + 1))), whole);
        assertSame(decoding(Decoding.pieces(octets, 40, random)), whole);
        Decoding small = decoding(Decoding.pieces(octets, 3, random));
        assertSame(small, whole);
        assertThat(small.mostWaiting()).isLessThan(16L * MAX_LINE);
        if (whole.failure() == null) {
            assertThat(Decoding.of(new MsrpDecoder(), List.of(Decoding.encode(complete(whole.parts()))))
                            .parts())
                    .isEqualTo(complete(whole.parts()));
        }
    }

    private static Decoding decoding(List<byte[]> reads) {
        Decoding decoding = Decoding.of(new MsrpDecoder(MAX_LINE, MAX_HEAD, MAX_HEADERS), reads);
        assertThat(decoding.leaked()).isZero();
        return decoding;
    }

    private static void assertSame(Decoding inPieces, Decoding whole) {
        assertThat(inPieces.parts()).isEqualTo(whole.parts());
        assertThat(inPieces.failure()).isEqualTo(whole.failure());
    }

    /** Without a frame at the end that was not over yet, and without malformed ones, which nobody writes. */
    private static List<Object> complete(List<Object> parts) {
        int end = parts.size();
        while (end > 0 && !(parts.get(end - 1) instanceof Continuation)) {
            end--;
        }
        return parts.subList(0, end).stream()
                .filter(part -> !(part instanceof MalformedFrame))
                .toList();
    }
}
