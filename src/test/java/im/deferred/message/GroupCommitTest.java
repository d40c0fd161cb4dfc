package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.failure;
import static im.deferred.message.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import im.deferred.app.Database;
import im.deferred.core.TestClock;
import jakarta.persistence.EntityManagerFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupCommitTest {

    private static final MessageStore.Limits LIMITS =
            new MessageStore.Limits(10_000, 100 << 20, 100, 1 << 20, 1000, 1 << 20, Duration.ofMinutes(5));

    private final JdbcConnectionPool database =
            JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
    private final CommitProbe probe = new CommitProbe();
    private final EntityManagerFactory entities = Database.open(probe.around(database));
    private final MessageStore store = new MessageStore(entities, new TestClock(), LIMITS);

    @AfterEach
    void close() {
        store.close();
        entities.close();
        database.dispose();
    }

    @Test
    void whatCameTogetherIsCommittedTogetherAndForcedToTheDisk() throws InterruptedException {
        probe.events().clear();
        probe.holdCommits();
        CompletionStage<Stored> first = store.store(message(BOB, "first"));
        probe.awaitCommit();
        List<CompletionStage<Stored>> rest = IntStream.range(0, 99)
                .mapToObj(i -> store.store(message(BOB, "c" + i)))
                .toList();
        assertThat(first.toCompletableFuture()).isNotDone();
        probe.releaseCommits();

        await(first);
        rest.forEach(Messages::await);
        assertThat(probe.events()).containsExactly("commit", "sync", "commit", "sync");
    }

    @Test
    void aCopyIsKnownBeforeTheFirstIsCommitted() throws InterruptedException {
        probe.holdCommits();
        CompletionStage<Stored> first = store.store(message(BOB, "first"));
        probe.awaitCommit();

        assertThat(store.isCopy(message(BOB, "first"))).isTrue();
        assertThat(store.isCopy(message(BOB, "second"))).isFalse();
        probe.releaseCommits();
        await(first);
        assertThat(store.isCopy(message(BOB, "first"))).isTrue();
    }

    @Test
    void whatCouldNotBeCommittedHasNoCopies() {
        probe.failCommits(true);
        CompletionStage<Stored> first = store.store(message(BOB, "first"));

        assertThatException().isThrownBy(() -> await(first));
        failure(store.store(message(BOB, "second"))); // told when all that follows from the first is done
        probe.failCommits(false);
        assertThat(store.isCopy(message(BOB, "first"))).isFalse();
    }

    @Test
    void deletionsShareACommitThatIsNotForced() throws InterruptedException {
        List<Long> ids = IntStream.range(0, 50)
                .mapToObj(i -> store.store(message(BOB, "c" + i)))
                .map(stored -> ((Stored.Kept) await(stored)).id())
                .toList();
        probe.events().clear();
        probe.holdCommits();
        CompletionStage<Void> first = store.delete(ids.get(0));
        probe.awaitCommit();
        List<CompletionStage<Void>> rest =
                ids.stream().skip(1).map(store::delete).toList();
        probe.releaseCommits();

        await(first);
        rest.forEach(Messages::await);
        assertThat(probe.events()).containsExactly("commit", "commit");
        assertThat(store.anyWaiting(BOB)).isFalse();
    }

    @Test
    void aCopyInTheSameBatchIsStoredOnce() throws InterruptedException {
        probe.holdCommits();
        CompletionStage<Stored> first = store.store(message(BOB, "first"));
        probe.awaitCommit();
        CompletionStage<Stored> original = store.store(message(BOB, "same"));
        CompletionStage<Stored> copy = store.store(message(BOB, "same"));
        probe.releaseCommits();

        await(first);
        assertThat(await(copy)).isEqualTo(new Stored.Copy(((Stored.Kept) await(original)).id()));
        assertThat(store.countWaiting()).isEqualTo(2);
    }

    @Test
    void aFailedCommitFailsTheStoreAndLeavesNoRow() {
        probe.failCommits(true);
        assertThat(failure(store.store(message(BOB, "c1")))).isInstanceOf(RuntimeException.class);
        assertThat(store.countWaiting()).isZero();

        probe.failCommits(false);
        assertThat(await(store.store(message(BOB, "c1")))).isInstanceOf(Stored.Kept.class);
        assertThat(store.waiting(BOB, 0, 10)).hasSize(1);
    }

    @Test
    void aBadMessageFailsAlone() throws Exception {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("alter table message add constraint no_bad_ones check (call_id <> 'bad')");
        }
        probe.holdCommits();
        CompletionStage<Stored> first = store.store(message(BOB, "first"));
        probe.awaitCommit();
        CompletionStage<Stored> before = store.store(message(BOB, "before"));
        CompletionStage<Stored> bad = store.store(message(BOB, "bad"));
        CompletionStage<Stored> after = store.store(message(BOB, "after"));
        probe.releaseCommits();

        await(first);
        assertThat(await(before)).isInstanceOf(Stored.Kept.class);
        assertThat(failure(bad)).isInstanceOf(RuntimeException.class);
        assertThat(await(after)).isInstanceOf(Stored.Kept.class);
        assertThat(store.waiting(BOB, 0, 10))
                .extracting(DeferredMessage::callId)
                .containsExactly("first", "before", "after");
    }

    @Test
    void aFullQueueTakesNoMoreMessagesButDeletions() throws InterruptedException {
        probe.holdCommits();
        CompletionStage<Stored> first = store.store(message(BOB, "first"));
        probe.awaitCommit();
        List<CompletionStage<Stored>> queued = IntStream.range(0, LIMITS.queue())
                .mapToObj(i -> store.store(message(BOB, "c" + i)))
                .toList();

        assertThat(failure(store.store(message(BOB, "one too many")))).isInstanceOf(StoreBusyException.class);
        CompletionStage<Void> deletion = store.delete(999_999);
        probe.releaseCommits();
        await(first);
        await(deletion);
        queued.forEach(Messages::await);
        assertThat(store.countWaiting()).isEqualTo(LIMITS.queue() + 1);
    }

    @Test
    void aQueueIsFullByItsOctetsToo() throws InterruptedException {
        probe.holdCommits();
        CompletionStage<Stored> first = store.store(message(BOB, "first"));
        probe.awaitCommit();
        CompletionStage<Stored> large = store.store(message(BOB, "large", new byte[1_000_000]));

        assertThat(failure(store.store(message(BOB, "second", new byte[100_000]))))
                .isInstanceOf(StoreBusyException.class);
        probe.releaseCommits();
        await(first);
        assertThat(await(large)).isInstanceOf(Stored.Kept.class);
    }

    @Test
    void aBodyInAFileTakesNoneOfTheQueuesOctetsButFillsABatch(@TempDir Path directory) throws InterruptedException {
        Spools spools = new Spools(directory, Spools.Limits.of(LIMITS.batchOctets()));
        List<Spool> open = IntStream.range(0, 3).mapToObj(i -> spools.open()).toList();
        open.forEach(spool -> spool.write(0, ByteBuffer.allocate((int) LIMITS.batchOctets())));
        probe.holdCommits();
        CompletionStage<Stored> first = store.store(message(BOB, "first"));
        probe.awaitCommit();
        probe.events().clear();

        List<CompletionStage<Stored>> queued = IntStream.range(0, 3)
                .mapToObj(i -> store.store(message(BOB, "c" + i, open.get(i).whole(LIMITS.batchOctets()))))
                .toList();
        probe.releaseCommits();

        await(first);
        queued.forEach(stored -> assertThat(await(stored)).isInstanceOf(Stored.Kept.class));
        open.forEach(Spool::close);
        assertThat(probe.events().stream().filter("commit"::equals)).hasSize(1 + open.size());
    }

    @Test
    void closingCommitsWhatWasTakenAndTakesNoMore() throws InterruptedException {
        probe.holdCommits();
        CompletionStage<Stored> first = store.store(message(BOB, "first"));
        probe.awaitCommit();
        CompletionStage<Stored> second = store.store(message(BOB, "second"));
        probe.releaseCommits();
        store.close();

        assertThat(await(first)).isInstanceOf(Stored.Kept.class);
        assertThat(await(second)).isInstanceOf(Stored.Kept.class);
        assertThat(failure(store.store(message(BOB, "third")))).isInstanceOf(IllegalStateException.class);
    }
}
