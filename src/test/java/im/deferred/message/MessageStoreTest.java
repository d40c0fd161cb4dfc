package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.CAROL;
import static im.deferred.message.Messages.NOW;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.expiring;
import static im.deferred.message.Messages.message;
import static im.deferred.message.Messages.send;
import static im.deferred.message.Messages.sent;
import static im.deferred.message.Messages.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import im.deferred.app.Database;
import im.deferred.app.TestDatabase;
import im.deferred.core.TestClock;
import jakarta.persistence.EntityManagerFactory;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MessageStoreTest {

    private static final int QUOTA = 5;
    private static final int QUOTA_OCTETS = 2_000_000;

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final MessageStore store = new MessageStore(
            database.entities(), clock, MessageStore.Limits.of(QUOTA, 10 << 20).withQuotaOctets(QUOTA_OCTETS));

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void whatIsStoredComesBackAsItWas() {
        NewMessage given = message(BOB, "c1@client");

        Stored stored = await(store.store(given));

        List<DeferredMessage> waiting = store.waiting(BOB, 0, 10);
        assertThat(waiting).hasSize(1);
        DeferredMessage message = waiting.get(0);
        assertThat(stored).isEqualTo(new Stored.Kept(message.id()));
        assertThat(message.recipient()).isEqualTo(BOB);
        assertThat(message.sender()).isEqualTo("sip:alice@example.test");
        assertThat(message.origin()).isEqualTo(Origin.SIP_MESSAGE);
        assertThat(message.callId()).isEqualTo("c1@client");
        assertThat(message.receivedAt()).isEqualTo(given.receivedAt());
        assertThat(message.expiresAt()).isEqualTo(given.expiresAt());
        assertThat(message.headers()).isEqualTo(given.headers());
        assertThat(message.contentType()).isEqualTo("text/plain;charset=UTF-8");
        assertThat(message.size()).isEqualTo(5);
        assertThat(message.messageId()).matches("[A-Za-z0-9][A-Za-z0-9.+%=-]{3,31}");
        assertThat(store.waiting(BOB, 0, 10).get(0).messageId()).isEqualTo(message.messageId());
        assertThat(store.read(message.id(), 0, 100)).asString().isEqualTo("Hello");
    }

    @Test
    void whatCameAsSendComesBackAsItWas() {
        NewMessage given = sent(BOB, "12339sdqwer", "text/plain", Body.of("Hi".getBytes(StandardCharsets.UTF_8)));

        await(store.store(given));

        DeferredMessage message = store.waiting(BOB, 0, 10).get(0);
        assertThat(message.origin()).isEqualTo(Origin.MSRP_SEND);
        assertThat(message.callId()).isEqualTo("s1@client");
        assertThat(message.header("Message-ID")).contains("12339sdqwer");
        assertThat(message.headers()).isEqualTo(given.headers());
        assertThat(message.contentType()).isEqualTo("text/plain");
        assertThat(message.size()).isEqualTo(2);
    }

    @Test
    void aSendThatComesAgainIsACopyUnlessItsSessionSenderIdOrBodyIsAnother() {
        Body hello = Body.of("Hello".getBytes(StandardCharsets.UTF_8));
        SendingSession session = session(BOB);
        SendHead send = send("12339sdqwer", "text/plain");
        Stored.Kept first = (Stored.Kept) await(store.store(again(session, send, hello)));

        assertThat(await(store.store(again(session, send, hello)))).isEqualTo(new Stored.Copy(first.id()));
        await(store.delete(first.id()));
        assertThat(await(store.store(again(session, send, hello)))).isEqualTo(new Stored.Copy(first.id()));

        String sender = session.sender();
        List<Header> headers = session.headers();
        assertThat(List.of(
                        again(new SendingSession(CAROL, sender, "s1@client", headers), send, hello),
                        again(new SendingSession(BOB, "sip:eve@example.test", "s1@client", headers), send, hello),
                        again(new SendingSession(BOB, sender, "s2@client", headers), send, hello),
                        again(session, send("12339sdqweR", "text/plain"), hello),
                        again(session, send, Body.of(new byte[5]))))
                .allSatisfy(other -> assertThat(await(store.store(other))).isInstanceOf(Stored.Kept.class));
    }

    private static NewMessage again(SendingSession session, SendHead send, Body body) {
        return session.message(send, NOW, Duration.ofDays(1), body);
    }

    @Test
    void aRecipientsQuotaIsOneOfOctetsToo() {
        long first = ((Stored.Kept) await(store.store(message(BOB, "c1", new byte[QUOTA_OCTETS - 5])))).id();
        Stored over = new Stored.OverQuota(QUOTA_OCTETS, Stored.Unit.OCTETS);

        List<CompletionStage<Stored>> together = List.of(
                store.store(message(BOB, "c2", new byte[6])),
                store.store(message(BOB, "c3", new byte[5])),
                store.store(message(BOB, "c4", new byte[1])),
                store.store(message(BOB, "c5", new byte[0])),
                store.store(message(CAROL, "c6", new byte[QUOTA_OCTETS])),
                store.store(message(CAROL, "c7", new byte[QUOTA_OCTETS + 1])));

        assertThat(await(together.get(0))).isEqualTo(over);
        assertThat(await(together.get(1))).isInstanceOf(Stored.Kept.class);
        assertThat(await(together.get(2))).isEqualTo(over);
        assertThat(await(together.get(3))).isInstanceOf(Stored.Kept.class);
        assertThat(await(together.get(4))).isInstanceOf(Stored.Kept.class);
        assertThat(await(together.get(5))).isEqualTo(over);
        await(store.delete(first));
        assertThat(await(store.store(message(BOB, "c4", new byte[1])))).isInstanceOf(Stored.Kept.class);
    }

    @Test
    void aSpooledMessageIsStoredOutOfItsFile(@TempDir Path directory) {
        byte[] octets = new byte[3 * MessageStore.PIECE + 1];
        new Random(4).nextBytes(octets);
        Spool spool = new Spools(directory, Spools.Limits.of(octets.length)).open();
        spool.write(0, ByteBuffer.wrap(octets));
        NewMessage given = sent(BOB, "12339sdqwer", "image/png", spool.whole(octets.length));

        await(store.store(given));
        spool.close();

        DeferredMessage message = store.waiting(BOB, 0, 1).get(0);
        assertThat(new StoredBody(store, message).octets()).isEqualTo(octets);
        assertThat(await(store.store(sent(BOB, "12339sdqwer", "image/png", Body.of(octets)))))
                .isEqualTo(new Stored.Copy(message.id()));
    }

    @Test
    void aBodyThatCannotBeReadFailsAlone(@TempDir Path directory) {
        Spool spool = new Spools(directory, Spools.Limits.of(100_000)).open();
        spool.write(0, ByteBuffer.allocate(100_000));
        Body gone = spool.whole(100_000);
        spool.close();

        CompletionStage<Stored> before = store.store(message(BOB, "c1"));
        CompletionStage<Stored> unreadable = store.store(message(BOB, "c2", gone));
        CompletionStage<Stored> after = store.store(message(BOB, "c3"));

        assertThat(Messages.failure(unreadable)).isInstanceOf(IllegalStateException.class);
        assertThat(await(before)).isInstanceOf(Stored.Kept.class);
        assertThat(await(after)).isInstanceOf(Stored.Kept.class);
        assertThat(store.waiting(BOB, 0, 10))
                .extracting(DeferredMessage::callId)
                .containsExactly("c1", "c3");
    }

    @Test
    void aBodyThatIsGoneIsNoneAnyMore() {
        await(store.store(message(BOB, "c1")));
        DeferredMessage message = store.waiting(BOB, 0, 1).get(0);
        Encapsulation encapsulation = store.encapsulate(message, Encapsulation.Form.CPIM);
        await(store.delete(message.id()));

        assertThatIllegalStateException().isThrownBy(() -> encapsulation.read(encapsulation.length() - 1, 10));
    }

    @Test
    void anEmptyBodyAndNoContentTypeAreKept() {
        NewMessage plain = message(BOB, "c1", new byte[0]);
        await(store.store(new NewMessage(
                BOB,
                plain.sender(),
                Origin.SIP_MESSAGE,
                "c1",
                List.of("1", ""),
                NOW,
                plain.expiresAt(),
                List.of(new Header("X-Empty", "")),
                null,
                plain.body())));

        DeferredMessage message = store.waiting(BOB, 0, 1).get(0);
        assertThat(message.contentType()).isNull();
        assertThat(message.headers()).containsExactly(new Header("X-Empty", ""));
        assertThat(store.read(message.id(), 0, 10)).isEmpty();
    }

    @Test
    void aCopyIsNotStoredAgain() {
        Stored.Kept first = (Stored.Kept) await(store.store(message(BOB, "c1")));

        assertThat(await(store.store(message(BOB, "c1")))).isEqualTo(new Stored.Copy(first.id()));
        assertThat(await(store.store(message(CAROL, "c1")))).isInstanceOf(Stored.Kept.class);
        assertThat(store.countWaiting()).isEqualTo(2);
    }

    @Test
    void aCopyOfADeliveredOneIsKnownForAWhile() {
        long first = ((Stored.Kept) await(store.store(message(BOB, "c1")))).id();
        await(store.delete(first));

        assertThat(await(store.store(message(BOB, "c1")))).isEqualTo(new Stored.Copy(first));
        store.removeExpired(10);
        assertThat(await(store.store(message(BOB, "c1")))).isEqualTo(new Stored.Copy(first));

        clock.advance(Duration.ofMinutes(5));
        store.removeExpired(10);
        assertThat(await(store.store(message(BOB, "c1")))).isInstanceOf(Stored.Kept.class);
    }

    @Test
    void oneRecipientsQuotaIsNotAnothers() {
        List<CompletionStage<Stored>> outcomes = IntStream.range(0, QUOTA + 2)
                .mapToObj(i -> store.store(message(BOB, "c" + i)))
                .toList();

        assertThat(outcomes.stream().map(Messages::await).filter(Stored.Kept.class::isInstance))
                .hasSize(QUOTA);
        assertThat(await(outcomes.get(QUOTA))).isEqualTo(new Stored.OverQuota(QUOTA, Stored.Unit.MESSAGES));
        assertThat(await(store.store(message(BOB, "c0")))).isInstanceOf(Stored.Copy.class);
        assertThat(await(store.store(message(CAROL, "c0")))).isInstanceOf(Stored.Kept.class);

        await(store.delete(store.waiting(BOB, 0, 1).get(0).id()));
        assertThat(await(store.store(message(BOB, "late")))).isInstanceOf(Stored.Kept.class);
    }

    @Test
    void theyWaitInTheOrderOfStoring() {
        List<CompletionStage<Stored>> outcomes = IntStream.range(0, QUOTA)
                .mapToObj(i -> store.store(message(BOB, "c" + i)))
                .toList();
        outcomes.forEach(Messages::await);

        List<DeferredMessage> waiting = store.waiting(BOB, 0, 100);
        assertThat(waiting).extracting(DeferredMessage::callId).containsExactly("c0", "c1", "c2", "c3", "c4");
        assertThat(waiting).extracting(DeferredMessage::id).isSorted();
        assertThat(store.waiting(BOB, waiting.get(1).id(), 2))
                .extracting(DeferredMessage::callId)
                .containsExactly("c2", "c3");
    }

    @Test
    void aHeldOneDoesNotWait() {
        long held = ((Stored.Kept) await(store.store(message(BOB, "c1")))).id();
        await(store.hold(held, "415 from the client"));

        assertThat(store.waiting(BOB, 0, 10)).isEmpty();
        assertThat(store.anyWaiting(BOB)).isFalse();
        assertThat(store.recipientsWaiting()).isEmpty();
        assertThat(store.countWaiting()).isZero();
        assertThat(await(store.store(message(BOB, "c1")))).isEqualTo(new Stored.Copy(held));
    }

    @Test
    void anExpiredOneDoesNotWaitAndIsRemoved() {
        Body body = Body.of(new byte[] {1, 2, 3});
        await(store.store(expiring(BOB, "c1", body, NOW.plusSeconds(60))));
        await(store.store(expiring(BOB, "c2", body, NOW.plusSeconds(61))));
        assertThat(store.recipientsWaiting()).containsExactly(BOB);
        assertThat(store.removeExpired(10)).isZero();

        clock.advance(Duration.ofSeconds(60));
        assertThat(store.waiting(BOB, 0, 10))
                .extracting(DeferredMessage::callId)
                .containsExactly("c2");
        assertThat(store.removeExpired(10)).isEqualTo(1);
        clock.advance(Duration.ofSeconds(1));
        assertThat(store.anyWaiting(BOB)).isFalse();
        assertThat(store.removeExpired(1)).isEqualTo(1);
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void aDeletedOneIsGoneWithItsBody() {
        long id = ((Stored.Kept) await(store.store(message(BOB, "c1")))).id();
        await(store.delete(id));
        await(store.delete(id));

        assertThat(store.anyWaiting(BOB)).isFalse();
        assertThat(store.read(id, 0, 10)).isEmpty();
    }

    @Test
    void aLargeBodyIsReadInPieces() {
        byte[] body = new byte[1_000_001];
        new Random(1).nextBytes(body);
        long id = ((Stored.Kept) await(store.store(message(BOB, "c1", body)))).id();

        assertThat(store.read(id, 0, Integer.MAX_VALUE)).hasSize(MessageStore.PIECE);
        assertThat(store.read(id, MessageStore.PIECE - 1, 10)).hasSize(1);
        assertThat(store.read(id, body.length, 10)).isEmpty();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = store.read(id, 0, 9_999);
        while (part.length > 0) {
            all.writeBytes(part);
            part = store.read(id, all.size(), 9_999);
        }
        assertThat(all.toByteArray()).isEqualTo(body);
    }

    @Test
    void aRestartLosesNothing(@TempDir Path directory) {
        String url = "jdbc:h2:file:" + directory.resolve("messages") + ";WRITE_DELAY=0";
        List<DeferredMessage> before;
        JdbcConnectionPool pool = JdbcConnectionPool.create(url, "sa", "");
        try (EntityManagerFactory entities = Database.open(pool);
                MessageStore first = new MessageStore(entities, clock, MessageStore.Limits.of(QUOTA, 10 << 20))) {
            await(first.store(message(BOB, "c1")));
            await(first.store(message(BOB, "c2")));
            before = first.waiting(BOB, 0, 10);
        }
        pool.dispose();

        JdbcConnectionPool again = JdbcConnectionPool.create(url, "sa", "");
        try (EntityManagerFactory entities = Database.open(again);
                MessageStore second = new MessageStore(entities, clock, MessageStore.Limits.of(QUOTA, 10 << 20))) {
            await(second.store(message(BOB, "c3")));
            List<DeferredMessage> after = second.waiting(BOB, 0, 10);
            assertThat(after.subList(0, 2)).isEqualTo(before);
            assertThat(after).extracting(DeferredMessage::callId).containsExactly("c1", "c2", "c3");
            assertThat(second.read(after.get(1).id(), 0, 10)).asString().isEqualTo("Hello");
        }
        again.dispose();
    }
}
