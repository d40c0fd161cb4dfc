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
import im.deferred.message.PageMode;
import im.deferred.message.Stored;
import im.deferred.msrp.Delivery;
import im.deferred.node.Ask;
import im.deferred.node.Node;
import im.deferred.node.Nodes;
import im.deferred.push.FakeSession.Send;
import im.deferred.session.SessionFailure;
import jakarta.persistence.EntityManagerFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    private final Node node = Nodes.alone(entities);
    private final MessageStore store = new MessageStore(
            entities, Clock.fixed(Messages.NOW, ZoneOffset.UTC), MessageStore.Limits.of(1000, 10 << 20));
    private final ExecutorService serial = Executors.newSingleThreadExecutor();
    private final ManualTimer timer = new ManualTimer();
    private final FakeSession.Inbox inbox = new FakeSession.Inbox();
    private final FakePager pager = new FakePager();
    private final Outcomes outcomes = new Outcomes();
    private boolean pagesAllowed;
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
        assertThat(outcomes.confirmed().sum()).isEqualTo(4);
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
        assertThat(outcomes.confirmed().sum()).isEqualTo(1);
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
    void m32_forAClientThatTakesNoneOfTheOfferedTypesEverythingIsHeld() throws Exception {
        stored("a", "b", "c");

        FakeSession session = invited().accept("text/plain", "text/html");

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(session.bye()).isDone();
        assertThat(waiting()).isEmpty();
        assertThat(reasons())
                .hasSize(3)
                .containsOnly("none of the types offered is among the client's accept-types: text/html text/plain;"
                        + " page mode is not allowed");
    }

    @ParameterizedTest
    @ValueSource(ints = {415, 488, 606})
    void whatIsRefusedAsASessionIsHeldWherePageModeIsNotAllowed(int status) throws Exception {
        stored("a", "b", "c");

        invited().refuse(status);

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(reasons()).hasSize(3).containsOnly(status + " to the INVITE; page mode is not allowed");
        assertThat(outcomes.held().sum()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {415, 488, 606})
    void whatIsRefusedAsASessionGoesOutInPageModeOneAtATime(int status) throws Exception {
        pagesAllowed = true;
        List<String> ids = stored("a", "b", "c");

        invited().refuse(status);

        for (String id : ids) {
            FakePager.Page page = pager.next();
            assertThat(page.message().messageId()).isEqualTo(id);
            quiet();
            assertThat(pager.isQuiet())
                    .as("the next waits for the answer (RFC 3428 §8)")
                    .isTrue();
            assertThat(waiting()).contains(id);
            page.answer(200);
        }
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(waiting()).isEmpty();
        assertThat(outcomes.paged().sum()).isEqualTo(3);
        assertThat(outcomes.confirmed().sum()).isZero();
    }

    @Test
    void pageModeBeginsWhenTheSessionOfNoUseIsOver() throws Exception {
        pagesAllowed = true;
        stored("a");

        FakeSession session = invited().withoutAnswerToBye().accept("text/plain");
        session.bye().get(10, TimeUnit.SECONDS);
        quiet();
        assertThat(pager.isQuiet()).isTrue();
        session.leave();

        pager.next().answer(202);
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(waiting()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 408, 410, 480, 486, 500, 503, 600, 603})
    void whoCannotTakeAMessageInPageModeNowGetsNoMore(int status) throws Exception {
        pagesAllowed = true;
        List<String> ids = stored("a", "b");

        invited().refuse(488);
        pager.next().answer(status);

        assertThat(ending()).isEqualTo(new Ending.Unreachable(status));
        assertThat(pager.isQuiet()).isTrue();
        assertThat(waiting()).isEqualTo(ids);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 405, 413, 415, 488, 501, 513, 606})
    void whatIsRefusedInPageModeTooIsHeldAndTheNextGoesOut(int status) throws Exception {
        pagesAllowed = true;
        stored("a", "b");

        invited().refuse(488);
        pager.next().answer(status);
        pager.next().answer(200);

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(reasons()).containsExactly("488 to the INVITE; " + status + " to MESSAGE");
    }

    @Test
    void whatNoRequestCanBeMadeOfIsHeld() throws Exception {
        pagesAllowed = true;
        stored("a");

        invited().refuse(488);
        pager.next().answered().completeExceptionally(new IllegalArgumentException("bad header"));

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(reasons()).containsExactly("488 to the INVITE; no MESSAGE can be made of it");
    }

    @Test
    void whatIsTooLargeForPageModeIsHeld() throws Exception {
        pagesAllowed = true;
        await(store.store(message(BOB, "large", new byte[PageMode.MAX_BODY + 1])));
        await(store.store(message(BOB, "just right", new byte[PageMode.MAX_BODY])));

        invited().refuse(488);
        FakePager.Page page = pager.next();
        assertThat(page.message().callId()).isEqualTo("just right");
        page.answer(200);

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(reasons()).containsExactly("488 to the INVITE; too large for page mode: 65537 octets");
    }

    @Test
    void whatTheClientTakesInNoFormGoesOutInPageModeBesideTheSession() throws Exception {
        pagesAllowed = true;
        List<String> ids = stored("a", "b", "c");

        FakeSession session = invited().accept(SIP);
        Deque<Send> sends = session.next(WINDOW);
        sends.remove().refuse(415);
        FakePager.Page page = pager.next();
        assertThat(page.message().messageId()).isEqualTo(ids.get(0));
        page.answer(200);
        sends.add(session.next());
        sends.forEach(Send::confirm);

        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(waiting()).isEmpty();
        assertThat(reasons()).isEmpty();
    }

    @Test
    void whoAllowsPageModeNoMoreGetsNoMoreOfIt() throws Exception {
        pagesAllowed = true;
        stored("a");
        FakeSession session = invited().accept(SIP);
        session.next().refuse(415);
        pager.next().answer(200);
        timer.next();

        pagesAllowed = false;
        stored("b");
        push.more();
        session.next().refuse(415);
        timer.next().run();

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(pager.isQuiet()).isTrue();
        assertThat(reasons()).singleElement().asString().endsWith("page mode is not allowed");
    }

    @Test
    void aMessageThatPageModeDoesNotBringEitherNowIsLeftToAnotherPush() throws Exception {
        pagesAllowed = true;
        List<String> ids = stored("a", "b");

        FakeSession session = invited().accept(SIP);
        Deque<Send> sends = session.next(WINDOW);
        sends.remove().refuse(415);
        pager.next().answer(480);
        sends.remove().confirm();

        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Unreachable(480));
        assertThat(waiting()).containsExactly(ids.get(0));
    }

    @Test
    void aStopEndsPageModeAfterWhatIsUnderWay() throws Exception {
        pagesAllowed = true;
        List<String> ids = stored("a", "b");
        invited().refuse(488);
        FakePager.Page page = pager.next();

        push.stop();
        quiet();
        assertThat(push.ended().toCompletableFuture()).isNotDone();
        page.answer(200);

        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(pager.isQuiet()).isTrue();
        assertThat(waiting()).containsExactly(ids.get(1));
    }

    @Test
    void oneAtATimeMeansThatEachSendWaitsForTheAnswerBeforeIt() throws Exception {
        List<String> ids = stored("a", "b", "c");
        push = Push.inviting(BOB, inbox, means(), () -> true, Ask.MORE, true, serial);

        FakeSession session = invited().accept(SIP);

        assertThat(session.oneAtATime).isTrue();
        for (String id : ids) {
            Send send = session.next();
            assertThat(send.message().messageId()).isEqualTo(id);
            quiet();
            assertThat(session.isQuiet()).isTrue();
            send.confirm();
        }
        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
    }

    @Test
    void aSessionThatTheUserOpensTakesWhatWaitsAndNoOtherWay() throws Exception {
        pagesAllowed = true;
        stored("a", "b", "c");
        FakeSession session = FakeSession.opened(BOB).accept(SIP);
        push = Push.pulled(BOB, session, means(), false, serial);

        push.start();
        Deque<Send> sends = session.next(WINDOW);
        sends.remove().refuse(415);
        sends.add(session.next());
        sends.forEach(Send::confirm);

        timer.next().run();
        assertThat(ending()).isEqualTo(new Ending.Finished());
        assertThat(pager.isQuiet()).isTrue();
        assertThat(reasons())
                .containsExactly("415 to message/sip; no other form is among the client's accept-types: message/sip");
    }

    @Test
    void aSessionThatTheUserOpensForNothingOfOursIsEnded() throws Exception {
        pagesAllowed = true;
        List<String> ids = stored("a");
        FakeSession session = FakeSession.opened(BOB).accept("text/plain");
        push = Push.pulled(BOB, session, means(), false, serial);

        push.start();

        assertThat(ending()).isEqualTo(new Ending.Unreachable(488));
        assertThat(session.bye()).isDone();
        assertThat(waiting()).isEqualTo(ids);
    }

    /** Who answers and leaves at once has not taken what waits: to invite again at once, and again, would never end. */
    @Test
    void aClientThatLeavesBeforeTheFirstSendBreaksThePush() throws Exception {
        List<String> ids = stored("a");
        FakeSession session = invited();
        session.leave();
        session.accept(SIP);

        assertThat(ending()).isEqualTo(new Ending.Broken(0, false));
        assertThat(session.isQuiet()).isTrue();
        assertThat(waiting()).isEqualTo(ids);
    }

    @Test
    void theReasonOfAHoldIsOneShortLineWhateverTheClientSaid() throws Exception {
        stored("a");
        FakeSession session = invited().accept(SIP, "text/\u0000\u00e9" + "x".repeat(9000));

        session.next().delivery().complete(new Delivery.Refused(403, "Not\tfor  me"));

        timer.next().run();
        assertThat(reasons().get(0))
                .startsWith(
                        "403 Not?for me to message/sip; no other form is among the client's accept-types: message/sip"
                                + " text/??xxx")
                .hasSize(503);
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
        assertThat(outcomes.confirmed().sum()).isEqualTo(2);
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

        assertThat(ending()).isEqualTo(new Ending.Broken(1, true));
        assertThat(session.bye()).isDone();
        assertThat(waiting()).isEqualTo(ids.subList(1, 4));
    }

    @ParameterizedTest
    @CsvSource({"408, true", "481, false", "506, false"})
    void aSessionThatTheClientDoesNotKnowAnyMoreIsBroken(int status, boolean unanswered) throws Exception {
        List<String> ids = stored("a");
        FakeSession session = invited().accept(SIP, SIPFRAG);

        session.next().refuse(status);

        assertThat(ending()).isEqualTo(new Ending.Broken(0, unanswered));
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

        assertThat(ending()).isEqualTo(new Ending.Broken(1, true));
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
        assertThat(ending()).isEqualTo(new Ending.Broken(0, false));
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
        push = push((user, types, oneAtATime) -> {
            throw new IllegalStateException("no SIP");
        });

        push.start();

        assertThat(ending()).isEqualTo(new Ending.Failed());
    }

    private Push push(Inviter inviter) {
        return Push.inviting(BOB, inviter, means(), () -> true, Ask.MORE, false, serial);
    }

    private Push.Means means() {
        return new Push.Means(
                node, store, pager, user -> pagesAllowed, new PushLimits(IDLE, WINDOW, 1), timer, outcomes);
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

    /** Why messages are held. */
    private List<String> reasons() throws Exception {
        try (var connection = database.getConnection();
                var sql = connection.createStatement();
                var rows = sql.executeQuery("select held_reason from message where held order by id")) {
            List<String> reasons = new ArrayList<>();
            while (rows.next()) {
                reasons.add(rows.getString(1));
            }
            return reasons;
        }
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
