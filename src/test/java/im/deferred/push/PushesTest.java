package im.deferred.push;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.CAROL;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import im.deferred.core.ManualTimer;
import im.deferred.message.MessageStore;
import im.deferred.message.Messages;
import im.deferred.registration.Registration;
import im.deferred.registration.Registrations;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PushesTest {

    private static final String SIP = "message/sip";
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration FIRST = Duration.ofSeconds(10);

    private final TestDatabase database = new TestDatabase();
    private final Clock clock = Clock.fixed(Messages.NOW, ZoneOffset.UTC);
    private final Registrations registrations = new Registrations(database.entities(), clock);
    private final UserSettings settings = new UserSettings(database.entities(), DeliverySetting.PUSH, false);
    private final MessageStore store =
            new MessageStore(database.entities(), clock, MessageStore.Limits.of(1000, 10 << 20));
    private final ManualTimer timer = new ManualTimer();
    private final FakeSession.Inbox inbox = new FakeSession.Inbox();
    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final Pushes pushes = new Pushes(
            registrations,
            settings,
            store,
            inbox,
            new PushLimits(IDLE, 8),
            FIRST,
            Duration.ofMinutes(30),
            () -> 1,
            timer,
            workers);

    @AfterEach
    void close() {
        workers.shutdownNow();
        store.close();
        database.close();
    }

    @Test
    void whoRegistersWhileMessagesWaitIsPushedTo() throws Exception {
        store(BOB, "a");
        register(BOB);

        FakeSession session = inbox.next();
        assertThat(session.user).isEqualTo(BOB);
        assertThat(pushes.isOpen(BOB)).isTrue();
        assertThat(pushes.live()).isEqualTo(1);
        session.accept(SIP).next().confirm();
        timer.next().run();

        quiet();
        assertThat(pushes.isOpen(BOB)).isFalse();
        assertThat(pushes.confirmed()).isEqualTo(1);
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(timer.isUnset()).isTrue();
    }

    @Test
    void whoListensIsToldWhenAPushHasEnded() throws Exception {
        BlockingQueue<Aor> ended = new LinkedBlockingQueue<>();
        pushes.whenEnded(user -> {
            assertThat(store.anyWaiting(user)).isFalse();
            ended.add(user);
        });
        store(BOB, "a");
        register(BOB);

        inbox.next().accept(SIP).next().confirm();
        ManualTimer.Alarm idle = timer.next();
        quiet();
        assertThat(ended).isEmpty();
        idle.run();

        assertThat(ended.poll(10, TimeUnit.SECONDS)).isEqualTo(BOB);
    }

    @Test
    void nobodyElseIs() throws Exception {
        store(BOB, "a");
        pushes.registered(BOB); // but is not any more
        register(CAROL); // for whom nothing waits

        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(pushes.live()).isZero();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PUSH")
    void norIsWhoDoesNotWantIt(DeliverySetting setting) throws Exception {
        store(BOB, "a");
        settings.choose(BOB, setting);
        register(BOB);

        quiet();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void afterARestartItGoesOnWithWhoIsRegistered() throws Exception {
        store(BOB, "a");
        store(CAROL, "b");
        renew(CAROL);

        pushes.resume();

        assertThat(inbox.next().user).isEqualTo(CAROL);
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void oneRecipientHasOnePushEachOfSeveralHasOne() throws Exception {
        store(BOB, "a");
        store(CAROL, "b");
        register(BOB);
        register(BOB);
        pushes.deferred(BOB, 0);
        register(CAROL);

        assertThat(Set.of(inbox.next().user, inbox.next().user)).isEqualTo(Set.of(BOB, CAROL));
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(pushes.live()).isEqualTo(2);
    }

    @Test
    void whatIsDeferredMeanwhileGoesOutInTheSameSession() throws Exception {
        FakeSession session = live();
        session.next().confirm();
        ManualTimer.Alarm idle = timer.next();

        store(BOB, "b");
        pushes.deferred(BOB, 0);

        session.next().confirm();
        assertThat(idle.isCancelled()).isTrue();
        timer.next().run();
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void whatCameTooLateForTheSessionGetsAnother() throws Exception {
        FakeSession session = live().withoutAnswerToBye();
        session.next().confirm();
        timer.next().run();
        session.bye().get(10, TimeUnit.SECONDS);

        store(BOB, "b");
        pushes.deferred(BOB, 0);
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        session.leave();

        inbox.next().accept(SIP).next();
    }

    @Test
    void whoIsDeregisteredIsNotPushedToAnyMore() throws Exception {
        FakeSession session = live();
        FakeSession.Send send = session.next();

        registrations.end(BOB, Messages.NOW.plusSeconds(9999));
        pushes.deregistered(BOB);
        send.confirm();
        session.bye().get(10, TimeUnit.SECONDS);

        store(BOB, "b");
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(pushes.live()).isZero();
        assertThat(timer.isUnset()).isTrue();
    }

    @Test
    void whoCannotBeReachedIsTriedAgainAndAgainButLessOften() throws Exception {
        FakeSession first = pushed();
        first.refuse(480);
        ManualTimer.Alarm retry = timer.next();
        assertThat(retry.after()).isEqualTo(FIRST);
        assertThat(inbox.isEmpty()).isTrue();

        retry.run();
        inbox.next().refuse(503, Duration.ofMinutes(1));
        retry = timer.next();
        assertThat(retry.after()).isEqualTo(Duration.ofMinutes(1));

        retry.run();
        inbox.next().refuse(408);
        assertThat(timer.next().after()).isEqualTo(FIRST.multipliedBy(4));
    }

    @Test
    void aRegistrationEndsTheWait() throws Exception {
        pushed().refuse(480);
        ManualTimer.Alarm retry = timer.next();

        register(BOB);
        FakeSession second = inbox.next();
        assertThat(retry.isCancelled()).isTrue();

        second.refuse(480);
        assertThat(timer.next().after()).as("counted anew").isEqualTo(FIRST);
    }

    @Test
    void theWaitIsInVainWhenTheRegistrationEnds() throws Exception {
        pushed().refuse(480);
        ManualTimer.Alarm retry = timer.next();

        registrations.end(BOB, Messages.NOW.plusSeconds(9999)); // ran out: nobody is told
        retry.run();
        quiet();
        assertThat(inbox.isEmpty()).isTrue();

        pushed().refuse(480);
        retry = timer.next();
        registrations.end(BOB, Messages.NOW.plusSeconds(9999));
        pushes.deregistered(BOB);
        assertThat(retry.isCancelled()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {486, 600, 603, 488})
    void whoRefusesIsLeftAloneUntilTheNextRegistration(int status) throws Exception {
        pushed().refuse(status);
        quiet();
        assertThat(timer.isUnset()).isTrue();
        assertThat(registrations.isRegistered(BOB)).isTrue();

        register(BOB);
        assertThat(inbox.next().user).isEqualTo(BOB);
    }

    @Test
    void whoRegistersAgainWhileAskedIsAskedAgain() throws Exception {
        FakeSession first = pushed();
        register(BOB);
        quiet();
        first.refuse(486);

        inbox.next().refuse(486);
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 410})
    void whoIsGoneIsNotRegisteredAnyMore(int status) throws Exception {
        pushed().refuse(status);

        quiet();
        assertThat(registrations.isRegistered(BOB)).isFalse();
        assertThat(timer.isUnset()).isTrue();
    }

    /** A client that answers and leaves, over and over, is not worth an INVITE each time. */
    @Test
    void aBrokenSessionIsSetUpAgainOnceAtOnce() throws Exception {
        broken(pushed());
        ManualTimer.Alarm retry = timer.next();
        assertThat(retry.after()).isZero();

        retry.run();
        broken(inbox.next());
        retry = timer.next();
        assertThat(retry.after()).isEqualTo(FIRST);

        store(BOB, "b");
        retry.run();
        FakeSession third = inbox.next().accept(SIP);
        third.next().confirm();
        third.next().lose();
        retry = timer.next();
        assertThat(retry.after()).as("it got on").isZero();

        retry.run();
        broken(inbox.next());
        assertThat(timer.next().after()).as("counted anew").isEqualTo(FIRST);
    }

    /** One device may take what another does not. */
    @Test
    void whatWasHeldIsTriedAgainWhenTheUserRegisters() throws Exception {
        FakeSession session = live();
        session.next().refuse(413);
        timer.next().run();
        quiet();
        assertThat(store.countWaiting()).isZero();

        register(BOB);

        inbox.next().accept(SIP).next();
    }

    @Test
    void aMessageThatFoundNobodyCountsAsAnInviteThatDid() throws Exception {
        renew(BOB);
        store(BOB, "a");
        pushes.deferred(BOB, 408);
        ManualTimer.Alarm retry = timer.next();
        assertThat(retry.after()).isEqualTo(FIRST);

        pushes.deferred(BOB, 408);
        quiet();
        assertThat(timer.isUnset()).isTrue();
        assertThat(inbox.isEmpty()).isTrue();

        retry.run();
        assertThat(inbox.next().user).isEqualTo(BOB);
    }

    @Test
    void aMessageThatWasDeclinedWaitsForTheNextRegistration() throws Exception {
        renew(BOB);
        store(BOB, "a");
        pushes.deferred(BOB, 603);

        quiet();
        assertThat(timer.isUnset()).isTrue();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void aStoreThatCannotBeReadIsAskedAgainLater() throws Exception {
        store(BOB, "a");
        renew(BOB);
        sql("alter table message rename to gone");
        pushes.registered(BOB);
        ManualTimer.Alarm retry = timer.next();
        assertThat(retry.after()).isEqualTo(FIRST);
        retry.run();
        retry = timer.next();
        assertThat(retry.after()).isEqualTo(FIRST.multipliedBy(2));

        sql("alter table gone rename to message");
        retry.run();
        assertThat(inbox.next().user).isEqualTo(BOB);
    }

    @Test
    void closingEndsTheSessionsAndBeginsNoMore() throws Exception {
        FakeSession session = live();
        FakeSession.Send send = session.next();
        renew(CAROL);
        store(CAROL, "b");

        CompletableFuture<Void> closed = CompletableFuture.runAsync(pushes::close);
        quiet();
        assertThat(closed).isNotDone();
        send.confirm();
        closed.get(10, TimeUnit.SECONDS);
        assertThat(session.bye()).isDone();

        pushes.registered(CAROL);
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(pushes.live()).isZero();
    }

    @Test
    void closingDoesNotWaitForEverForAByeThatIsNotAnswered() throws Exception {
        FakeSession session = live().withoutAnswerToBye();
        session.next().confirm();

        CompletableFuture.runAsync(pushes::close).get(10, TimeUnit.SECONDS);

        assertThat(session.bye()).isDone();
    }

    private FakeSession live() throws Exception {
        return pushed().accept(SIP);
    }

    /** The INVITE of a push to Bob. */
    private FakeSession pushed() throws Exception {
        store(BOB, "a");
        register(BOB);
        return inbox.next();
    }

    private static void broken(FakeSession session) throws InterruptedException {
        session.accept(SIP).next();
        session.end();
    }

    private void register(Aor user) {
        renew(user);
        pushes.registered(user);
    }

    private void renew(Aor user) {
        registrations.renew(new Registration(user, Messages.NOW.plusSeconds(3600), List.of(), null, null), Set.of());
    }

    private void store(Aor recipient, String callId) {
        await(store.store(message(recipient, callId)));
    }

    /** All that was given to do, and what followed from it, is done. */
    private void quiet() throws Exception {
        for (int i = 0; i < 5; i++) {
            workers.submit(() -> {}).get(10, TimeUnit.SECONDS);
        }
    }

    private void sql(String statement) throws Exception {
        try (var connection = database.dataSource().getConnection();
                var sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }
}
