package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.message;
import static im.deferred.message.Messages.sent;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.Database;
import im.deferred.core.TestClock;
import jakarta.persistence.EntityManagerFactory;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A message whose body is nowhere in memory as a whole. */
class LargeBodyTest {

    private static final int SIZE = 50 << 20;
    private static final int PIECES = SIZE / MessageStore.PIECE;
    /** What may be in memory at one time: of the store's own, and with what the database keeps of it. */
    private static final int MOST_PIECES = 40;

    private static final long MOST_OCTETS = 24 << 20;

    @TempDir
    private Path directory;

    private JdbcConnectionPool pool;
    private EntityManagerFactory entities;
    private MessageStore store;

    /** Pieces that are made when they are read; notes how many of them are held, and how large the heap is. */
    private static final class Made implements Body {
        private final List<WeakReference<byte[]>> given = new ArrayList<>();
        private long mostHeld;
        private long mostHeap;

        @Override
        public long length() {
            return SIZE;
        }

        @Override
        public byte[] read(long offset, int max) {
            if (offset % (8 << 20) == 0) {
                measure();
            }
            byte[] piece = piece(offset / MessageStore.PIECE);
            given.add(new WeakReference<>(piece));
            return piece;
        }

        private void measure() {
            System.gc();
            mostHeld = Math.max(
                    mostHeld,
                    given.stream().filter(piece -> piece.get() != null).count());
            mostHeap = Math.max(mostHeap, heap());
        }

        @Override
        public long inMemory() {
            return 0;
        }
    }

    @BeforeEach
    void open() {
        pool = JdbcConnectionPool.create(
                "jdbc:h2:file:" + directory.resolve("messages") + ";WRITE_DELAY=0;CACHE_SIZE=4096", "sa", "");
        entities = Database.open(pool);
        store = new MessageStore(entities, new TestClock(), MessageStore.Limits.of(5, SIZE));
    }

    @AfterEach
    void close() {
        store.close();
        entities.close();
        pool.dispose();
    }

    @Test
    void isWrittenWhileItIsReadAndReadAsItWas() {
        await(store.store(message(BOB, "first")));
        System.gc();
        long before = heap();
        Made body = new Made();

        assertThat(await(store.store(message(BOB, "large", body)))).isInstanceOf(Stored.Kept.class);

        assertThat(body.given).as("read to be digested and to be written").hasSize(2 * PIECES);
        assertThat(body.mostHeld).isLessThan(MOST_PIECES);
        assertThat(body.mostHeap - before).isLessThan(MOST_OCTETS);
        assertHasPieces(PIECES, new StoredBody(store, store.waiting(BOB, 0, 2).get(1)));
    }

    /** Smaller, since that much more would take long on a busy machine and show nothing else. */
    @Test
    void comesInPiecesAndGoesOutInPieces() {
        int pieces = PIECES / 10;
        int size = pieces * MessageStore.PIECE;
        Spools spools = new Spools(directory.resolve("spool"), Spools.Limits.of(size));
        try (Spool spool = spools.open()) {
            for (int seq = pieces - 1; seq >= 0; seq--) {
                spool.write((long) seq * MessageStore.PIECE, ByteBuffer.wrap(piece(seq)));
            }
            await(store.store(sent(BOB, "12339sdqwer", "video/mp4", spool.whole(size))));
        }

        DeferredMessage message = store.waiting(BOB, 0, 1).get(0);
        assertHasPieces(pieces, new StoredBody(store, message));
        Encapsulation encapsulation = store.encapsulate(message, Encapsulation.Form.MSRP);
        long read = 0;
        while (read < encapsulation.length()) {
            read += encapsulation.read(read, 100_000).length;
        }
        assertThat(read).isEqualTo(encapsulation.length());
    }

    private static void assertHasPieces(int pieces, Body body) {
        assertThat(body.length()).isEqualTo((long) pieces * MessageStore.PIECE);
        assertThat(IntStream.range(0, pieces)
                        .allMatch(seq -> Arrays.equals(
                                body.read((long) seq * MessageStore.PIECE, MessageStore.PIECE), piece(seq))))
                .isTrue();
    }

    private static byte[] piece(long seq) {
        byte[] octets = new byte[MessageStore.PIECE];
        new Random(seq).nextBytes(octets);
        return octets;
    }

    private static long heap() {
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** On a slow machine it takes a while. */
    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
