package im.deferred.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpoolTest {

    private static final int MEMORY = 1000;
    private static final int SIZE = 10_000;
    private static final int TOTAL = 25_000;

    @TempDir
    private Path parent;

    private Path directory;
    private Spools spools;

    @BeforeEach
    void open() {
        directory = parent.resolve("spool");
        spools = new Spools(directory, new Spools.Limits(MEMORY, SIZE, TOTAL));
    }

    @Test
    void aSmallMessageStaysInMemoryAndOutlivesItsSpool() throws IOException {
        Body body;
        try (Spool spool = spools.open()) {
            write(spool, 0, "Hello");
            write(spool, 5, ", Bob");
            body = spool.whole(10);
        }
        assertThat(body.octets()).asString().isEqualTo("Hello, Bob");
        assertThat(body.inMemory()).isEqualTo(10);
        assertThat(files()).isEmpty();
    }

    @Test
    void aLargeMessageIsInAFileThatIsGoneWithItsSpool() throws IOException {
        byte[] octets = random(MEMORY + 1);
        Spool spool = spools.open();
        spool.write(0, ByteBuffer.wrap(octets, 0, MEMORY));
        assertThat(spool.whole(MEMORY).inMemory()).isEqualTo(MEMORY);
        spool.write(MEMORY, ByteBuffer.wrap(octets, MEMORY, 1));

        Body body = spool.whole(octets.length);
        assertThat(body.inMemory()).isZero();
        assertThat(body.length()).isEqualTo(octets.length);
        assertThat(body.octets()).isEqualTo(octets);
        assertThat(body.read(MEMORY - 1, 10)).isEqualTo(Arrays.copyOfRange(octets, MEMORY - 1, MEMORY + 1));
        assertThat(body.read(octets.length, 10)).isEmpty();

        spool.close();
        spool.close();
        assertThat(files()).isEmpty();
        assertThatIllegalStateException().isThrownBy(() -> body.read(0, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {MEMORY / 2, SIZE})
    void piecesComeInAnyOrderAndWhatComesLastCounts(int size) {
        byte[] expected = new byte[size];
        Random random = new Random(size);
        try (Spool spool = spools.open()) {
            spool.write(size - 1, ByteBuffer.wrap(new byte[1]));
            for (int i = 0; i < 200; i++) {
                int start = random.nextInt(size);
                byte[] piece = new byte[random.nextInt(Math.min(size - start, 300) + 1)];
                random.nextBytes(piece);
                System.arraycopy(piece, 0, expected, start, piece.length);
                ByteBuffer given = i % 2 == 0
                        ? ByteBuffer.wrap(piece).asReadOnlyBuffer()
                        : ByteBuffer.allocateDirect(piece.length).put(piece).flip();
                spool.write(start, given);
                assertThat(given.hasRemaining()).isFalse();
            }
            assertThat(spool.whole(size).octets()).isEqualTo(expected);
            assertThat(spool.whole(size / 2).octets()).isEqualTo(Arrays.copyOf(expected, size / 2));
        }
    }

    @Test
    void aLastPieceThatComesFirstIsKeptThoughItLiesBehindTheMemory() {
        try (Spool spool = spools.open()) {
            write(spool, 5, "Bob");
            write(spool, SIZE - 1, ".");
            write(spool, 0, "Dear ");
            byte[] octets = spool.whole(SIZE).octets();
            assertThat(new String(octets, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("Dear Bob");
            assertThat(octets[SIZE - 1]).isEqualTo((byte) '.');
        }
    }

    @Test
    void anEmptyMessageIsWholeAtOnce() {
        try (Spool spool = spools.open()) {
            assertThat(spool.whole(0).octets()).isEmpty();
        }
    }

    @Test
    void whatWasNotWrittenIsNoMessage() {
        try (Spool spool = spools.open()) {
            write(spool, 0, "Hello");
            assertThatIllegalArgumentException().isThrownBy(() -> spool.whole(6));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {SIZE, SIZE - 4, Long.MAX_VALUE - 2})
    void aLargerOneThanAllowedIsRefusedAndTheRestStays(long offset) {
        try (Spool spool = spools.open()) {
            write(spool, 0, "Hello");
            assertThatExceptionOfType(MessageTooLargeException.class).isThrownBy(() -> write(spool, offset, "World"));
            assertThat(spool.whole(5).octets()).asString().isEqualTo("Hello");
        }
    }

    @Test
    void allTogetherHaveABoundAndAClosedOneGivesItsShareBack() {
        Spool first = spools.open();
        Spool second = spools.open();
        Spool third = spools.open();
        first.write(0, ByteBuffer.allocate(SIZE));
        first.write(0, ByteBuffer.allocate(SIZE));
        second.write(0, ByteBuffer.allocate(SIZE));
        third.write(0, ByteBuffer.allocate(TOTAL - 2 * SIZE));
        assertThatExceptionOfType(StoreBusyException.class).isThrownBy(() -> write(third, TOTAL - 2 * SIZE, "x"));

        first.close();
        write(third, TOTAL - 2 * SIZE, "x");
        second.close();
        third.close();
        List<Spool> all = List.of(spools.open(), spools.open());
        all.forEach(spool -> spool.write(0, ByteBuffer.allocate(SIZE)));
        all.forEach(Spool::close);
    }

    @Test
    void aClosedOneTakesNothing() {
        Spool spool = spools.open();
        spool.close();
        assertThatIllegalStateException().isThrownBy(() -> write(spool, 0, "x"));
        assertThatIllegalStateException().isThrownBy(() -> spool.whole(0));
    }

    @Test
    void whatADeadProcessLeftIsDeletedAtTheStartAndNothingElse() throws IOException {
        Files.createFile(directory.resolve("message-1234.spool"));
        Path other = Files.createFile(directory.resolve("notes.txt"));

        new Spools(directory, Spools.Limits.of(SIZE));

        assertThat(files()).containsExactly(other);
    }

    @Test
    void theUsualRoomHoldsFourOfTheLargest() {
        assertThat(Spools.Limits.of(10)).isEqualTo(new Spools.Limits(65_536, 10, 1L << 30));
        assertThat(Spools.Limits.of(1L << 30).total()).isEqualTo(1L << 32);
        assertThatIllegalArgumentException().isThrownBy(() -> new Spools.Limits(1, 2, 1));
    }

    private static void write(Spool spool, long offset, String text) {
        spool.write(offset, ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static byte[] random(int size) {
        byte[] octets = new byte[size];
        new Random(3).nextBytes(octets);
        return octets;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
