package im.deferred.push;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.ManualTimer;
import im.deferred.core.TestClock;
import im.deferred.message.MessageStore;
import im.deferred.node.SteppedNode;
import im.deferred.registration.Registration;
import im.deferred.registration.Registrations;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pushes of two nodes that share a database. */
class TwoNodesTest {

    private static final String SIP = "message/sip";
    private static final Duration LEASE = Duration.ofSeconds(15);

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final AtomicLong nanoTime = new AtomicLong();
    private final Registrations registrations = new Registrations(database.entities(), clock);
    private final UserSettings settings = new UserSettings(database.entities(), DeliverySetting.PUSH, false);
    private final Side a = new Side("a");
    private final Side b = new Side("b");

    @AfterEach
    void close() {
        a.close();
        b.close();
        database.close();
    }

    @Test
    void whatOneNodePushesTheOtherLeavesAlone() throws Exception {
        a.store("m");
        registered(a);
        FakeSession session = a.inbox.next().accept(SIP);
        FakeSession.Send send = session.next();

        registered(b);
        b.pushes.resume();
        b.quiet();
        assertThat(b.inbox.isEmpty()).isTrue();
        assertThat(b.pushes.live()).isZero();

        send.confirm();
        a.timer.next().run();
        a.quiet();
        b.quiet();
        assertThat(a.inbox.isEmpty()).isTrue();
        assertThat(b.inbox.isEmpty()).isTrue();
        assertThat(a.store.countWaiting()).isZero();
    }

    @Test
    void whatOneNodeDefersGoesOutInTheSessionOfTheOther() throws Exception {
        a.store("m");
        registered(a);
        FakeSession session = a.inbox.next().accept(SIP);
        session.next().confirm();
        a.timer.next();

        b.store("n");
        b.pushes.deferred(BOB, 0);
        b.quiet();
        a.node.beat();

        session.next().confirm();
        assertThat(b.inbox.isEmpty()).isTrue();
    }

    @Test
    void aRegistrationThatTheOtherNodeIsToldOfIsNotMissed() throws Exception {
        a.store("m");
        registered(a);
        FakeSession ringing = a.inbox.next();

        registered(b);
        b.quiet();
        ringing.refuse(603); // until the next registration: which has come

        a.inbox.next().accept(SIP).next();
        assertThat(b.inbox.isEmpty()).isTrue();
    }

    @Test
    void whatANodeLeftBehindTheOtherSendsWithoutANewRegistration() throws Exception {
        a.store("m");
        a.store("n");
        registered(a);
        FakeSession dying = a.inbox.next().accept(SIP);
        String confirmed = confirm(dying);
        String unconfirmed = dying.next().message().messageId();
        a.quiet();
        a.committed();
        assertThat(a.store.countWaiting()).isEqualTo(1);

        b.node.beat();
        nanoTime.addAndGet(LEASE.toNanos());
        b.node.beat();

        FakeSession taken = b.inbox.next().accept(SIP);
        assertThat(confirm(taken)).isEqualTo(unconfirmed).isNotEqualTo(confirmed);
        b.timer.next().run();
        b.quiet();
        assertThat(b.store.countWaiting()).isZero();
    }

    @Test
    void aNodeThatWakesUpLateNeitherDeletesNorSends() throws Exception {
        for (int i = 0; i < 12; i++) {
            a.store("m" + i);
        }
        registered(a);
        FakeSession late = a.inbox.next().accept(SIP);
        Deque<FakeSession.Send> first = late.next(8);
        a.quiet();
        b.node.beat();
        nanoTime.addAndGet(LEASE.toNanos());
        b.node.beat();
        FakeSession taken = b.inbox.next().accept(SIP);
        assertThat(taken.next().message().messageId())
                .isEqualTo(first.element().message().messageId());

        first.forEach(FakeSession.Send::confirm);
        late.bye().get(10, TimeUnit.SECONDS);
        a.quiet();

        assertThat(a.store.countWaiting()).isEqualTo(12);
        assertThat(late.isQuiet()).isTrue();
        a.timer.next().run(); // tries again
        a.quiet();
        assertThat(a.inbox.isEmpty()).isTrue();
    }

    @Test
    void whatALateNodeIsSendingBreaksOff() throws Exception {
        a.store("m");
        registered(a);
        FakeSession.Send large = a.inbox.next().accept(SIP).next();
        assertThat(large.message().content().read(0, 10)).succeedsWithin(Duration.ofSeconds(10));

        nanoTime.addAndGet(LEASE.toNanos());

        assertThat(large.message().content().read(10, 10)).failsWithin(Duration.ofSeconds(10));
    }

    @Test
    void whoChoosesOrLeavesAtTheOtherNodeIsNotPushedToAnyMore() throws Exception {
        a.store("m");
        registered(a);
        FakeSession session = a.inbox.next().accept(SIP);
        session.next().confirm();
        a.quiet();

        settings.choose(BOB, DeliverySetting.HOLD);
        b.pushes.settingChanged(BOB);
        b.quiet();
        a.node.beat();

        session.bye().get(10, TimeUnit.SECONDS);
        a.quiet();
        assertThat(a.pushes.live()).isZero();
    }

    @Test
    void whoFetchesAtTheOtherNodeHasTheRestThere() throws Exception {
        a.store("m");
        registered(a);
        FakeSession pushed = a.inbox.next().accept(SIP);
        FakeSession.Send first = pushed.next();
        a.quiet(); // it has looked for more
        b.store("n");
        FakeSession pulled = FakeSession.opened(BOB).accept(SIP);
        b.pushes.pulled(BOB, pulled);
        ManualTimer.Alarm claimedAgain = b.timer.next();
        assertThat(pulled.isQuiet()).isTrue();

        a.node.beat();
        first.confirm();
        pushed.bye().get(10, TimeUnit.SECONDS);
        a.quiet();
        claimedAgain.run();

        assertThat(pulled.next().message().messageId())
                .isNotEqualTo(first.message().messageId());
        assertThat(a.inbox.isEmpty()).isTrue();
    }

    @Test
    void whoFetchesWhileTheOtherNodeDoesNotLetGoIsToldToComeAgain() throws Exception {
        a.store("m");
        registered(a);
        a.inbox.next().accept(SIP).next();
        FakeSession pulled = FakeSession.opened(BOB).accept(SIP);
        b.pushes.pulled(BOB, pulled);
        for (int i = 1; i < 120; i++) {
            b.timer.next().run();
        }

        pulled.bye().get(10, TimeUnit.SECONDS);
        assertThat(pulled.isQuiet()).isTrue();
        b.quiet();
        assertThat(b.pushes.live()).isZero();
    }

    @Test
    void whatWaitsAtANodeThatPausesIsTheOthers() throws Exception {
        b.node.beat();
        a.pushes.pause();
        a.quiet();
        b.node.beat(); // of the pause; nothing waits yet
        b.quiet();
        a.store("m");
        registered(a);
        registered(a);
        a.quiet();
        assertThat(a.inbox.isEmpty()).isTrue();
        a.timer.next().run();
        assertThat(a.timer.isUnset()).isTrue();
        a.quiet();

        b.node.beat();

        b.inbox.next().accept(SIP).next();
    }

    @Test
    void whatWaitsAtANodeThatLeavesIsTheOthers() throws Exception {
        b.node.beat();
        a.store("m");
        registered(a);
        a.inbox.next().refuse(480);
        a.timer.next(); // to try again, which it will not
        a.pushes.close();
        a.node.close();

        b.node.beat();

        b.inbox.next().accept(SIP).next();
    }

    @Test
    void whoWaitsToBeTriedAgainIsNotTriedSoonerForThat() throws Exception {
        b.store("m");
        registered(b);
        b.inbox.next().refuse(480);
        b.quiet();
        b.node.beat();
        a.pushes.close();
        a.node.close();
        b.node.beat();
        b.quiet();
        assertThat(b.inbox.isEmpty()).isTrue();

        b.timer.next().run();
        b.inbox.next();
    }

    @Test
    void aMessageAtTheOtherNodeIsNoReasonToRingAgainWhoDeclined() throws Exception {
        a.store("m");
        registered(a);
        FakeSession ringing = a.inbox.next();
        b.store("n");
        b.pushes.deferred(BOB, 0);
        b.quiet();

        ringing.refuse(603);

        a.quiet();
        assertThat(a.inbox.isEmpty()).isTrue();
        assertThat(a.pushes.live()).isZero();
    }

    @Test
    void whatIsChosenAtTheOtherNodeHoldsThoughThatHadSomethingToDoItself() throws Exception {
        a.store("m");
        registered(a);
        FakeSession session = a.inbox.next().accept(SIP);
        session.next().confirm();
        a.quiet();
        b.pushes.deferred(BOB, 480); // b would try again
        b.quiet();

        settings.choose(BOB, DeliverySetting.HOLD);
        b.pushes.settingChanged(BOB);
        b.quiet();
        a.node.beat();

        session.bye().get(10, TimeUnit.SECONDS);
    }

    @Test
    void aChoiceAtTheOtherNodeDoesNotEndWhatTheUserFetches() throws Exception {
        a.store("m");
        FakeSession fetching = FakeSession.opened(BOB).accept(SIP);
        a.pushes.pulled(BOB, fetching);
        fetching.next().confirm();
        a.quiet();

        settings.choose(BOB, DeliverySetting.HOLD);
        b.pushes.settingChanged(BOB);
        b.quiet();
        a.node.beat();
        a.quiet();

        assertThat(fetching.bye()).isNotDone();
    }

    @Test
    void aSessionThatIsOverIsNotWaitedFor() throws Exception {
        a.store("m");
        registered(a);
        a.inbox.next().accept(SIP).next();
        FakeSession pulled = FakeSession.opened(BOB).accept(SIP);
        b.pushes.pulled(BOB, pulled);
        ManualTimer.Alarm again = b.timer.next();

        pulled.leave();
        again.run();

        b.quiet();
        assertThat(b.timer.isUnset()).isTrue();
        assertThat(b.pushes.live()).isZero();
    }

    @Test
    void whatAnotherNodeStoredUnderALowerNumberGoesOutInTheNextSession() throws Exception {
        b.store("n");
        a.store("m");
        sql("update message set recipient = 'sip:nobody@example.test' where call_id = 'n'");
        registered(a);
        FakeSession session = a.inbox.next().accept(SIP);
        session.next().confirm();
        a.quiet();
        a.committed();
        sql("update message set recipient = '" + BOB.uri() + "' where call_id = 'n'");

        a.timer.next().run();

        session.bye().get(10, TimeUnit.SECONDS);
        a.inbox.next().accept(SIP).next().confirm();
    }

    @Test
    void twoThatPauseDoNotCallUponEachOtherForEver() throws Exception {
        a.pushes.pause();
        b.pushes.pause();
        a.store("m");
        registered(a);
        for (int i = 0; i < 3; i++) {
            a.quiet();
            b.quiet();
            a.node.beat();
            b.node.beat();
        }
        assertThat(a.inbox.isEmpty() && b.inbox.isEmpty()).isTrue();

        b.pushes.resume();
        b.inbox.next();
    }

    private static String confirm(FakeSession session) throws InterruptedException {
        FakeSession.Send send = session.next();
        send.confirm();
        return send.message().messageId();
    }

    private void sql(String statement) throws Exception {
        try (var connection = database.dataSource().getConnection();
                var sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    private void registered(Side side) {
        registrations.renew(new Registration(BOB, clock.instant().plusSeconds(3600), List.of(), null, null), Set.of());
        side.pushes.registered(BOB);
    }

    /** One of the two. */
    private final class Side {

        final SteppedNode node;
        final MessageStore store = new MessageStore(database.entities(), clock, MessageStore.Limits.of(1000, 10 << 20));
        final ManualTimer timer = new ManualTimer();
        final FakeSession.Inbox inbox = new FakeSession.Inbox();
        final ExecutorService workers = Executors.newSingleThreadExecutor();
        final Pushes pushes;

        Side(String name) {
            node = new SteppedNode(database.entities(), name, LEASE, nanoTime::get);
            pushes = new Pushes(
                    registrations,
                    settings,
                    store,
                    node.itself(),
                    inbox,
                    new FakePager(),
                    user -> true,
                    new PushLimits(Duration.ofSeconds(5), 8, 2),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(30),
                    () -> 1,
                    clock,
                    timer,
                    workers);
            node.itself().listen(pushes);
        }

        void store(String callId) {
            await(store.store(message(BOB, callId)));
        }

        /** What was given to the store before is done. */
        void committed() {
            await(store.delete(0));
        }

        /** All that was given to do, and what followed from it, is done. */
        void quiet() throws Exception {
            for (int i = 0; i < 10; i++) {
                workers.submit(() -> {}).get(10, TimeUnit.SECONDS);
            }
        }

        void close() {
            workers.shutdownNow();
            store.close();
        }
    }
}
