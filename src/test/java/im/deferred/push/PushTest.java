package im.deferred.push;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.message;
import static im.deferred.message.Messages.sent;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.Database;
import im.deferred.core.ManualTimer;
import im.deferred.message.Body;
import im.deferred.message.CommitProbe;
import im.deferred.message.DeferredMessage;
import im.deferred.message.MessageStore;
import im.deferred.message.Messages;
import im.deferred.message.Stored;
import im.deferred.push.FakeSession.Send;
import im.deferred.session.SessionFailure;
import jakarta.persistence.EntityManagerFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PushTest {

    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final int WINDOW = 2;
    private static final String SIP = "message/sip";
    private static final String SIPFRAG = "message/sipfrag";
    private static final String MSRP = "message/msrp";
    private static final String CPIM = "message/cpim";

    private final JdbcConnectionPool database =
            JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
    private final CommitProbe probe = new CommitProbe();
    private final EntityManagerFactory entities = Database.open(probe.around(database));
    private final MessageStore store = new MessageStore(
            entities, Clock.fixed(Messages.NOW, ZoneOffset.UTC), MessageStore.Limits.of(1000, 10 << 20));
    private final ExecutorService serial = Executors.newSingleThreadExecutor();
    private final ManualTimer timer = new ManualTimer();
    private final FakeSession.Inbox inbox = new FakeSession.Inbox();
    private final LongAdder confirmed = new LongAdder();
    private Push push = push(inbox);

    @AfterEach
    void close() {
        serial.shutdownNow();
        store.close();
        entities.close();
        database.dispose();
    }

    @Test
    void messagesGoOutOldestFirstWithinTheWindowThenBye() throws Exception {
        List<String> ids = stored("a", "b", "c", "d");

        FakeSession session = invited();
        assertThat(session.user).isEqualTo(BOB);
        assertThat(session.types).containsExactly(SIP, SIPFRAG, MSRP, CPIM);
        session.accept(SIP);

        Deque<Send> sends = session.next(WINDOW);
        quiet();
        assertThat(session.isQuiet()).isTrue();
        sends.remove().confirm();
        sends.add(session.next());
        sends.remove().confirm();
        sends.add(session.next());
        sends.forEach(Send::confirm);
        ManualTimer.Alarm idle = timer.next();

        assertThat(waiting()).isEmpty();
        assertThat(confirmed.sum()).isEqualTo(4);
        assertThat(idle.after()).isEqualTo(IDLE);
        assertThat(session.bye()).isNotDone();
        idle.run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(session.bye()).isDone();
        assertThat(session.sent()).containsExactlyElementsOf(ids);
    }

    @Test
    void aMessageIsSentInItsCapsuleWithTheTimeItWasReceived() throws Exception {
        List<String> ids = stored("a");

        Send send = invited().accept(SIP, SIPFRAG, CPIM).next();

        assertThat(send.message().messageId()).isEqualTo(ids.get(0));
        assertThat(send.message().contentType()).isEqualTo(SIP);
        assertThat(send.message().extensionHeaders()).isEqualTo(Map.of("Date", "Sun, 22 Nov 2026 08:05:03 GMT"));
        assertThat(content(send))
                .startsWith("MESSAGE sip:bob@example.test SIP/2.0\r\n")
                .contains("\r\nCall-ID: a\r\n")
                .endsWith("\r\n\r\nHello");
    }

    @Test
    void whatComesDuringTheIdleTimeGoesOutInTheSameSession() throws Exception {
        stored("a");
        FakeSession session = invited().accept(SIP);
        session.next().confirm();
        ManualTimer.Alarm first = timer.next();

        List<String> later = stored("b");
        push.more();
        Send send = session.next();
        assertThat(send.message().messageId()).isEqualTo(later.get(0));
        assertThat(first.isCancelled()).isTrue();
        send.confirm();
        timer.next().run();

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(waiting()).isEmpty();
    }

    @Test
    void beforeTheByeThePushLooksOnceMore() throws Exception {
        stored("a");
        FakeSession session = invited().accept(SIP);
        session.next().confirm();
        ManualTimer.Alarm idle = timer.next();
        stored("b"); // by another node, which tells nobody

        idle.run();

        session.next().confirm();
        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
    }

    @Test
    void aPushThatIsStoppedWaitsForWhatIsOnItsWay() throws Exception {
        List<String> ids = stored("a", "b", "c");
        FakeSession session = invited().accept(SIP);
        Deque<Send> sends = session.next(WINDOW);

        push.stop();
        quiet();
        assertThat(session.bye()).isNotDone();
        sends.forEach(Send::confirm);

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(waiting()).containsExactly(ids.get(2));
    }

    @Test
    void aPushThatIsStoppedBeforeTheAnswerCancels() throws Exception {
        stored("a");
        FakeSession session = invited();

        push.stop();

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(session.bye()).isDone();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 415, 501})
    void whatIsRefusedInOneFormIsTriedInTheNextThenHeld(int status) throws Exception {
        stored("a", "b");
        FakeSession session = invited().accept(SIP, SIPFRAG);

        Deque<Send> sends = session.next(WINDOW);
        Send first = sends.remove();
        first.refuse(status);
        Send again = session.next();
        assertThat(again.message().contentType()).isEqualTo(SIPFRAG);
        assertThat(again.message().messageId()).isEqualTo(first.message().messageId());
        again.refuse(status);
        sends.remove().confirm();

        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(store.countWaiting()).isZero();
        assertThat(confirmed.sum()).isEqualTo(1);
    }

    @Test
    void m32_cpimIsSentOnlyWithWhatTheClientTakesInsideIt() throws Exception {
        stored("a");

        FakeSession session = invited().wrapping("text/plain").accept(CPIM);
        assertThat(session.next().message().contentType()).isEqualTo(CPIM);
        session.leave();
        session.end();
        await(push.ended());

        push = push(inbox);
        invited().wrapping("text/html").accept(CPIM);
        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void whatCameAsSendGoesOutAsSendOrElseInCpim() throws Exception {
        stored("a");
        await(store.store(sent(BOB, "12339sdqwer", "text/plain", Body.of(new byte[] {'H', 'i'}))));

        FakeSession session = invited().wrapping("text/plain").accept(SIP, SIPFRAG, MSRP, CPIM);
        Deque<Send> sends = session.next(WINDOW);
        assertThat(sends.remove().message().contentType()).isEqualTo(SIP);
        Send first = sends.remove();
        assertThat(first.message().contentType()).isEqualTo(MSRP);
        assertThat(content(first)).startsWith("MSRP ").contains("\r\nMessage-ID: 12339sdqwer\r\n", "\r\n\r\nHi\r\n");
        first.refuse(415);

        Send again = session.next();
        assertThat(again.message().contentType()).isEqualTo(CPIM);
        assertThat(content(again)).endsWith("\r\n\r\nHi");
    }

    @Test
    void m32_aClientThatTakesNoneOfTheOfferedTypesIsAsOneThatRefused() throws Exception {
        List<String> ids = stored("a");

        FakeSession session = invited().accept("text/plain");

        assertThat(ending()).isEqualTo(new Ending.Unreachable(488));
        assertThat(session.bye()).isDone();
        assertThat(waiting()).isEqualTo(ids);
    }

    @Test
    void whatTheClientStopsIsHeldAndTheNextGoesOut() throws Exception {
        stored("a", "b", "c");
        FakeSession session = invited().accept(SIP, SIPFRAG);

        Deque<Send> sends = session.next(WINDOW);
        sends.remove().refuse(413);
        sends.add(session.next());
        sends.forEach(Send::confirm);

        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(store.countWaiting()).isZero();
        assertThat(confirmed.sum()).isEqualTo(2);
    }

    @Test
    void m34_whatIsLargerThanTheClientTakesIsHeldUnsent() throws Exception {
        assertThat(await(store.store(message(BOB, "large", new byte[5000])))).isInstanceOf(Stored.Kept.class);
        List<String> small = stored("small");

        FakeSession session = invited().upTo(5000).accept(SIP);
        session.next().confirm();

        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(session.sent()).isEqualTo(small);
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void whatIsLostWithTheConnectionStaysStored() throws Exception {
        List<String> ids = stored("a", "b", "c", "d");
        FakeSession session = invited().accept(SIP);

        Deque<Send> sends = session.next(WINDOW);
        sends.remove().confirm();
        sends.add(session.next());
        sends.forEach(Send::lose);

        assertThat(ending()).isEqualTo(new Ending.Broken(1));
        assertThat(session.bye()).isDone();
        assertThat(waiting()).isEqualTo(ids.subList(1, 4));
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 481, 506})
    void aSessionThatTheClientDoesNotKnowAnyMoreIsBroken(int status) throws Exception {
        List<String> ids = stored("a");
        FakeSession session = invited().accept(SIP, SIPFRAG);

        session.next().refuse(status);

        assertThat(ending()).isEqualTo(new Ending.Broken(0));
        assertThat(waiting()).isEqualTo(ids);
    }

    @Test
    void aClientThatLeavesInTheMiddleBreaksThePush() throws Exception {
        List<String> ids = stored("a", "b", "c");
        FakeSession session = invited().accept(SIP);
        Deque<Send> sends = session.next(WINDOW);

        session.leave();
        quiet();
        assertThat(push.ended().toCompletableFuture()).isNotDone();
        sends.remove().confirm();
        sends.remove().refuse(415);

        assertThat(ending()).isEqualTo(new Ending.Broken(1));
        assertThat(waiting()).isEqualTo(ids.subList(1, 3));
    }

    @Test
    void aClientThatLeavesWhenItHasEverythingDoesNot() throws Exception {
        stored("a");
        FakeSession session = invited().accept(SIP);
        session.next().confirm();
        ManualTimer.Alarm idle = timer.next();

        session.leave();

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(idle.isCancelled()).isTrue();
    }

    @Test
    void anInviteThatFailsSaysHow() throws Exception {
        stored("a");
        invited().refuse(503, Duration.ofSeconds(7));
        assertThat(ending()).isEqualTo(new Ending.Unreachable(503, Optional.of(Duration.ofSeconds(7))));

        push = push(inbox);
        invited().refuse(SessionFailure.NO_CONNECTION);
        assertThat(ending()).isEqualTo(new Ending.Broken(0));
    }

    /** Else a push that follows would send again what the client has. */
    @Test
    void thePushIsOverOnlyWhenWhatWasConfirmedIsOutOfTheStore() throws Exception {
        stored("a");
        FakeSession session = invited().accept(SIP);
        Send send = session.next();
        probe.holdCommits();
        send.confirm();
        probe.awaitCommit();

        session.leave();
        quiet();
        assertThat(push.ended().toCompletableFuture()).isNotDone();
        probe.releaseCommits();

        await(push.ended());
        assertThat(waiting()).isEmpty();
    }

    @Test
    void aStoreThatDoesNotDeleteEndsThePush() throws Exception {
        List<String> ids = stored("a", "b", "c");
        FakeSession session = invited().accept(SIP);
        Deque<Send> sends = session.next(WINDOW);

        probe.failCommits(true);
        sends.forEach(Send::confirm);

        assertThat(ending()).isEqualTo(new Ending.Failed());
        assertThat(session.sent()).hasSize(WINDOW);
        probe.failCommits(false);
        assertThat(waiting()).isEqualTo(ids);
    }

    @Test
    void aStoreThatDoesNotHoldEndsThePush() throws Exception {
        List<String> ids = stored("a");
        FakeSession session = invited().accept(SIP);
        Send send = session.next();

        probe.failCommits(true);
        send.refuse(413);

        assertThat(ending()).isEqualTo(new Ending.Failed());
        probe.failCommits(false);
        assertThat(waiting()).isEqualTo(ids);
    }

    @Test
    void aStoreThatCannotBeReadEndsThePush() throws Exception {
        stored("a");
        FakeSession session = invited();
        sql("alter table message rename to gone");

        session.accept(SIP);

        assertThat(ending()).isEqualTo(new Ending.Failed());
        assertThat(session.bye()).isDone();
    }

    @Test
    void aMessageWhoseContentCannotBeReadDoesNotStopThoseBehindIt() throws Exception {
        List<String> ids = stored("a", "b", "c");
        FakeSession session = invited().accept(SIP);

        Deque<Send> sends = session.next(WINDOW);
        sends.remove().delivery().completeExceptionally(new IllegalStateException("not in the store any more"));
        sends.add(session.next());
        sends.forEach(Send::confirm);

        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Failed());
        assertThat(waiting()).containsExactly(ids.get(0));
    }

    @Test
    void anInviteThatCannotBeMadeEndsThePush() {
        push = push((user, types) -> {
            throw new IllegalStateException("no SIP");
        });

        push.start();

        assertThat(ending()).isEqualTo(new Ending.Failed());
    }

    private Push push(Inviter inviter) {
        return new Push(BOB, inviter, store, new PushLimits(IDLE, WINDOW), timer, serial, confirmed);
    }

    private FakeSession invited() throws InterruptedException {
        push.start();
        return inbox.next();
    }

    private Ending ending() {
        return await(push.ended());
    }

    /** Everything that was given to do is done. */
    private void quiet() throws Exception {
        serial.submit(() -> {}).get(10, TimeUnit.SECONDS);
        serial.submit(() -> {}).get(10, TimeUnit.SECONDS);
    }

    /** Stores messages with these Call-IDs; returns their Message-IDs. */
    private List<String> stored(String... callIds) {
        Arrays.stream(callIds).forEach(callId -> await(store.store(message(BOB, callId))));
        List<String> all = waiting();
        return all.subList(all.size() - callIds.length, all.size());
    }

    private List<String> waiting() {
        return store.waiting(BOB, 0, 100).stream()
                .map(DeferredMessage::messageId)
                .toList();
    }

    private static String content(Send send) {
        StringBuilder content = new StringBuilder();
        while (content.length() < send.message().content().length()) {
            ByteBuffer piece = await(send.message().content().read(content.length(), 2048));
            content.append(StandardCharsets.UTF_8.decode(piece));
        }
        return content.toString();
    }

    private void sql(String statement) throws Exception {
        try (var connection = database.getConnection();
                var sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }
}
