package im.deferred.message;

import static im.deferred.message.Imdns.ALICE;
import static im.deferred.message.Imdns.cpim;
import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.CAROL;
import static im.deferred.message.Messages.NOW;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.expiring;
import static im.deferred.message.Messages.failure;
import static im.deferred.message.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.Database;
import im.deferred.core.AddressRange;
import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.core.TestClock;
import jakarta.persistence.EntityManagerFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The end of messages that nobody could be given: rule I3, and that nobody waits for it. */
class ExpiryTest {

    private final JdbcConnectionPool database =
            JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
    private final CommitProbe probe = new CommitProbe();
    private final EntityManagerFactory entities = Database.open(probe.around(database));
    private final TestClock clock = new TestClock();
    private final MessageStore store = new MessageStore(entities, clock, MessageStore.Limits.of(1000, 10 << 20));
    private final ScheduledThreadPoolExecutor workers = new ScheduledThreadPoolExecutor(2);
    private final Set<Aor> registered = ConcurrentHashMap.newKeySet();
    private final SipDouble container = new SipDouble();
    private final Expiry expiry = new Expiry(store, notifications(), 2);

    private Notifications notifications() {
        SipIpCore core = new SipIpCore(
                container.factory(),
                "sip:127.0.0.1:5060;lr",
                List.of(AddressRange.parse("127.0.0.1")),
                Set.of("example.test"),
                "sip:im-server@example.test",
                "test/1");
        Outlet outlet = new Outlet() {
            @Override
            public boolean isOpen(Aor recipient) {
                return false;
            }

            @Override
            public void deferred(Aor recipient, int status) {}
        };
        return new Notifications(
                core,
                store,
                registered::contains,
                outlet,
                workers,
                workers,
                clock,
                new Notifications.Limits(10, Duration.ofDays(30), Duration.ofHours(1)));
    }

    @AfterEach
    void close() {
        workers.shutdownNow();
        store.close();
        entities.close();
        database.dispose();
    }

    private void stores(int from, int to, byte[] body) {
        List<CompletionStage<Stored>> outcomes = IntStream.range(from, to)
                .mapToObj(i -> store.store(expiring(BOB, "c" + i, Body.of(body), NOW.plusSeconds(60))))
                .toList();
        outcomes.forEach(Messages::await);
    }

    private List<DeferredMessage> expired() {
        return store.expired(Instant.EPOCH, 0, 10_000);
    }

    @Test
    void whatIsExpiredIsDeletedHeldOrNot() {
        stores(0, 3, new byte[1]);
        await(store.hold(store.waiting(BOB, 0, 1).get(0).id(), "415"));
        await(store.store(message(BOB, "stays")));
        expiry.sweep();
        assertThat(store.waiting(BOB, 0, 10)).hasSize(3);

        clock.advance(Duration.ofSeconds(60));
        expiry.sweep();

        assertThat(store.waiting(BOB, 0, 10))
                .extracting(DeferredMessage::callId)
                .containsExactly("stays");
        assertThat(store.countHeld()).isZero();
    }

    @Test
    void whatWasDeliveredIsForgottenInTheEnd() {
        stores(0, 2 * Expiry.BATCH + 1, new byte[1]);
        clock.advance(Duration.ofSeconds(60));
        expiry.sweep();
        assertThat(await(store.store(expiring(BOB, "c0", Body.of(new byte[1]), NOW.plusSeconds(60)))))
                .isInstanceOf(Stored.Copy.class);

        clock.advance(Duration.ofMinutes(5));
        expiry.sweep();
        assertThat(store.forget(10)).isZero();
    }

    /** However much is expired: the message goes in with the next batch, and all the others are deleted after it. */
    @Test
    void aMessageThatIsToBeStoredWaitsForOneBatchAtMost() throws InterruptedException {
        int many = 10 * Expiry.BATCH;
        stores(0, many, new byte[1]);
        clock.advance(Duration.ofSeconds(60));
        probe.holdCommits();
        CompletableFuture<Void> sweep = CompletableFuture.runAsync(expiry::sweep, workers);
        probe.awaitCommit();

        CompletableFuture<Integer> leftWhenStored = new CompletableFuture<>();
        store.store(message(CAROL, "new"))
                .thenRun(() -> leftWhenStored.complete(expired().size()));
        probe.releaseCommits();

        assertThat(await(leftWhenStored)).isGreaterThanOrEqualTo(many - 2 * Expiry.BATCH);
        await(sweep);
        assertThat(expired()).isEmpty();
        assertThat(store.anyWaiting(CAROL)).isTrue();
    }

    @Test
    void largeMessagesMakeSmallBatches() throws InterruptedException {
        int size = (int) Expiry.BATCH_OCTETS / 2;
        stores(0, 5, new byte[size]);
        clock.advance(Duration.ofSeconds(60));
        int before = probe.events().size();

        expiry.sweep();

        assertThat(expired()).isEmpty();
        assertThat(probe.events().subList(before, probe.events().size()).stream()
                        .filter("commit"::equals))
                .as("two deletions of two messages and one of one")
                .hasSize(3);
    }

    @Test
    void i3_theSenderIsToldBeforeTheMessageIsGone() throws InterruptedException {
        registered.add(ALICE);
        await(store.store(Imdns.message("c1", cpim("negative-delivery"))));
        await(store.store(Imdns.message("c2", cpim("display"))));
        clock.advance(Duration.ofMinutes(1));

        expiry.sweep();
        assertThat(expired()).extracting(DeferredMessage::callId).containsExactly("c1");
        SipDouble.Request request = container.created.poll(10, TimeUnit.SECONDS);
        expiry.sweep();
        assertThat(container.created).as("told a second time").isEmpty();

        succeed(request);
        await(store.hold(0, "only to wait for the deletion before it"));
        assertThat(expired()).isEmpty();
    }

    @Test
    void i3_moreThanMayBeToldAtATimeAreLeftToALaterSweep() throws InterruptedException {
        registered.add(ALICE);
        for (int i = 0; i < 3; i++) {
            await(store.store(Imdns.message("c" + i, cpim("negative-delivery"))));
        }
        clock.advance(Duration.ofMinutes(1));

        expiry.sweep();
        for (int left = 2; left > 0; left--) {
            succeed(container.created.poll(10, TimeUnit.SECONDS));
            await(store.hold(0, "only to wait for the deletion before it"));
            assertThat(expired()).hasSize(left);
        }
        expiry.sweep();
        succeed(container.created.poll(10, TimeUnit.SECONDS));
        await(store.hold(0, "only to wait for the deletion before it"));
        assertThat(expired()).isEmpty();
    }

    private static void succeed(SipDouble.Request request) throws InterruptedException {
        assertThat(request.sends.poll(10, TimeUnit.SECONDS).body()).asString().contains("<failed/>");
        ((Forwarding) request.sessionAttributes.get(IncomingMessages.FORWARDING)).answered(Answer.of(200));
    }

    /** As after a crash between the two: the notification is there, and so is the message. */
    @Test
    void i3_whatWasToldButNotDeletedIsNotToldTwiceToWhoIsAway() {
        await(store.store(Imdns.message("c1", cpim("negative-delivery"))));
        clock.advance(Duration.ofMinutes(1));
        ImdnNotification notification =
                notifications().failure(expired().get(0)).orElseThrow();
        await(notifications().tell(notification));
        assertThat(store.waiting(ALICE, 0, 10)).hasSize(1);

        await(expiry.end(expired().get(0)));

        assertThat(expired()).isEmpty();
        assertThat(store.waiting(ALICE, 0, 10)).hasSize(1);
    }

    @Test
    void i3_aNotificationThatCannotBeStoredIsMadeAgain() {
        await(store.store(Imdns.message("c1", cpim("negative-delivery"))));
        clock.advance(Duration.ofMinutes(1));
        probe.failCommits(true);
        assertThat(failure(expiry.end(expired().get(0)))).isNotNull();
        assertThat(expired()).hasSize(1);

        probe.failCommits(false);
        await(expiry.end(expired().get(0)));
        assertThat(expired()).isEmpty();
        assertThat(store.waiting(ALICE, 0, 10)).hasSize(1);
    }

    @Test
    void i3_whatIsGivenUpBeforeItsTimeIsToldToo() {
        await(store.store(Imdns.message("c1", cpim("negative-delivery"))));
        await(expiry.end(store.waiting(BOB, 0, 1).get(0)));

        assertThat(store.anyWaiting(BOB)).isFalse();
        assertThat(store.waiting(ALICE, 0, 10)).hasSize(1);
    }

    @Test
    void whoEndsWhatIsBeingEndedWaitsForItToo() throws InterruptedException {
        registered.add(ALICE);
        await(store.store(Imdns.message("c1", cpim("negative-delivery"))));
        DeferredMessage message = store.waiting(BOB, 0, 1).get(0);
        CompletionStage<Void> first = expiry.end(message);
        CompletionStage<Void> second = expiry.end(message);
        assertThat(second.toCompletableFuture()).isNotDone();

        succeed(container.created.poll(10, TimeUnit.SECONDS));
        await(first);
        await(second);

        assertThat(store.anyWaiting(BOB)).isFalse();
        assertThat(container.created).as("told a second time").isEmpty();
    }
}
