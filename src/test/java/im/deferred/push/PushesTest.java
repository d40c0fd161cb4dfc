package im.deferred.push;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.CAROL;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import im.deferred.core.ManualTimer;
import im.deferred.core.TestClock;
import im.deferred.message.MessageStore;
import im.deferred.message.Messages;
import im.deferred.node.Node;
import im.deferred.node.Nodes;
import im.deferred.registration.ClientContact;
import im.deferred.registration.Registration;
import im.deferred.registration.Registrations;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PushesTest {

    private static final String SIP = "message/sip";
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration FIRST = Duration.ofSeconds(10);
    private static final int CONCURRENT = 2;

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final Registrations registrations = new Registrations(database.entities(), clock);
    private final UserSettings settings = new UserSettings(database.entities(), DeliverySetting.PUSH, false);
    private final MessageStore store =
            new MessageStore(database.entities(), clock, MessageStore.Limits.of(1000, 10 << 20));
    private final Node node = Nodes.alone(database.entities());
    private final ManualTimer timer = new ManualTimer();
    private final FakeSession.Inbox inbox = new FakeSession.Inbox();
    private final FakePager pager = new FakePager();
    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final Pushes pushes = new Pushes(
            registrations,
            settings,
            store,
            node,
            inbox,
            pager,
            user -> true,
            new PushLimits(IDLE, 8, CONCURRENT),
            FIRST,
            Duration.ofMinutes(30),
            () -> 1,
            clock,
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
    void whoHasGotAllByThenIsNotInvited() throws Exception {
        store(BOB, "a");
        CompletableFuture<Void> begin = new CompletableFuture<>();
        workers.execute(begin::join);
        register(BOB); // found due by the next task, which leaves the push to the one after the one that is given now
        workers.execute(() -> await(store.delete(store.waiting(BOB, 0, 1).get(0).id())));
        begin.complete(null);

        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(pushes.live()).isZero();
        assertThat(timer.isUnset()).isTrue();
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
    void anotherMessageWaitsAlong() throws Exception {
        pushed().refuse(503, Duration.ofMinutes(1));
        ManualTimer.Alarm retry = timer.next();

        store(BOB, "b");
        pushes.deferred(BOB, 0);
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(retry.isCancelled()).isFalse();

        retry.run();
        FakeSession session = inbox.next().accept(SIP);
        session.next();
        session.next();
    }

    @Test
    void whatAnOperatorReleasesDoesNot() throws Exception {
        pushed().refuse(503, Duration.ofMinutes(1));
        ManualTimer.Alarm retry = timer.next();

        pushes.released(BOB);

        inbox.next().accept(SIP).next();
        assertThat(retry.isCancelled()).isTrue();
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
    @ValueSource(ints = {486, 600, 603})
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
    void whatIsHeldAfterTheUserRegisteredAgainIsTriedAgainToo() throws Exception {
        FakeSession session = live();
        FakeSession.Send send = session.next();
        register(BOB);
        quiet();
        send.refuse(413);
        timer.next().run();

        inbox.next().accept(SIP).next().confirm();
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
    void aPauseEndsNoPushAndBeginsNone() throws Exception {
        FakeSession session = live();
        FakeSession.Send send = session.next();
        pushes.pause();
        store(CAROL, "b");
        register(CAROL);
        quiet();
        assertThat(pushes.isPaused()).isTrue();
        assertThat(inbox.isEmpty()).isTrue();
        timer.next(); // to leave it to other nodes
        send.confirm();
        timer.next().run();
        session.bye().get(10, TimeUnit.SECONDS);

        pushes.resume();
        assertThat(inbox.next().user).isEqualTo(CAROL);
        assertThat(pushes.isPaused()).isFalse();
    }

    @Test
    void whoWasToBeTriedAgainDuringAPauseIsTriedAfterIt() throws Exception {
        store(BOB, "a");
        register(BOB);
        inbox.next().refuse(480);
        ManualTimer.Alarm retry = timer.next();
        pushes.pause();
        retry.run();
        quiet();
        assertThat(inbox.isEmpty()).isTrue();

        pushes.resume();
        assertThat(inbox.next().user).isEqualTo(BOB);
    }

    @Test
    void aChoiceThatCannotBeReadIsAskedForAgainLater() throws Exception {
        store(BOB, "a");
        renew(BOB);
        sql("alter table user_setting rename to gone");
        pushes.settingChanged(BOB);
        ManualTimer.Alarm retry = timer.next();
        assertThat(retry.after()).isEqualTo(FIRST);

        sql("alter table gone rename to user_setting");
        retry.run();
        assertThat(inbox.next().user).isEqualTo(BOB);
    }

    @Test
    void aLivePushStopsWhenTheChoiceCannotBeRead() throws Exception {
        FakeSession session = live();
        FakeSession.Send send = session.next();
        sql("alter table user_setting rename to gone");
        pushes.settingChanged(BOB);
        quiet();

        send.confirm();
        session.bye().get(10, TimeUnit.SECONDS);
    }

    @Test
    void afterARestartItIsLookedAgainWhenTheStoreCannotBeRead() throws Exception {
        store(BOB, "a");
        renew(BOB);
        sql("alter table message rename to gone");
        pushes.resume();
        ManualTimer.Alarm again = timer.next();
        assertThat(again.after()).isEqualTo(FIRST);

        sql("alter table gone rename to message");
        again.run();
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

        CompletableFuture.runAsync(pushes::close).get(20, TimeUnit.SECONDS);

        assertThat(session.bye()).isDone();
    }

    /** The message was being stored when the user registered, who then had nothing waiting. */
    @Test
    void aRegistrationBetweenTheRefusalOfAMessageAndItsStoringCounts() throws Exception {
        register(BOB);
        quiet();
        clock.advance(Duration.ofSeconds(4));
        store(BOB, "a");
        pushes.deferred(BOB, 486);

        inbox.next().refuse(486);
        quiet();
        store(BOB, "b");
        pushes.deferred(BOB, 486);
        quiet();
        assertThat(inbox.isEmpty()).as("was asked since").isTrue();
        assertThat(timer.isUnset()).isTrue();
    }

    @Test
    void aRegistrationLongBeforeDoesNot() throws Exception {
        register(BOB);
        quiet();
        clock.advance(Duration.ofSeconds(5));
        store(BOB, "a");
        pushes.deferred(BOB, 486);

        quiet();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void whoTakesNoSessionIsServedInPageMode() throws Exception {
        store(BOB, "a");
        store(BOB, "b");
        register(BOB);
        inbox.next().refuse(488);

        pager.next().answer(200);
        assertThat(pushes.isOpen(BOB)).isTrue();
        pager.next().answer(405);
        quiet();
        committed();
        quiet();

        assertThat(pushes.live()).isZero();
        assertThat(pushes.paged()).isEqualTo(1);
        assertThat(pushes.held()).isEqualTo(1);
        assertThat(timer.isUnset()).isTrue();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void whoCannotTakePagesNowIsTriedAgainWithASessionFirst() throws Exception {
        pushed().refuse(488);
        pager.next().answer(480);
        ManualTimer.Alarm retry = timer.next();
        assertThat(retry.after()).isEqualTo(FIRST);

        retry.run();
        inbox.next().accept(SIP).next().confirm();
    }

    @Test
    void aDeviceThatBrokeASessionIsServedOneAtATimeForADay() throws Exception {
        FakeSession first = pushed();
        assertThat(first.oneAtATime).isFalse();
        first.accept(SIP).next().lose();

        timer.next().run();
        FakeSession second = inbox.next();
        assertThat(second.oneAtATime).isTrue();
        second.accept(SIP).next().confirm();
        timer.next().run();
        quiet();

        clock.advance(Duration.ofDays(1));
        store(BOB, "b");
        register(BOB);
        assertThat(inbox.next().oneAtATime).isFalse();
    }

    @Test
    void anotherDeviceOfTheSameUserIsNot() throws Exception {
        store(BOB, "a");
        register(BOB, DevicesTest.contact("phone", "+g.oma.sip-im", ""));
        inbox.next().accept(SIP).next().lose();
        ManualTimer.Alarm retry = timer.next();

        register(BOB, DevicesTest.contact("tablet", "+g.oma.sip-im", ""));
        FakeSession tablet = inbox.next();
        assertThat(retry.isCancelled()).isTrue();
        assertThat(tablet.oneAtATime).isFalse();
        tablet.refuse(480);
        timer.next();

        register(
                BOB,
                DevicesTest.contact("tablet", "+g.oma.sip-im", ""),
                DevicesTest.contact("phone", "+g.oma.sip-im", ""));
        assertThat(inbox.next().oneAtATime).isTrue();
    }

    @Test
    void whoseDevicesTakeNoMessagesIsLeftAloneUntilTheNextRegistration() throws Exception {
        store(BOB, "a");
        register(BOB, DevicesTest.contact("desk", "+g.3gpp.icsi-ref", "urn%3Aurn-7%3Avoice"));
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(timer.isUnset()).isTrue();

        register(BOB, DevicesTest.contact("phone", "+g.oma.sip-im", ""));
        inbox.next();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PUSH")
    void aChoiceStopsALivePushAfterWhatIsUnderWay(DeliverySetting setting) throws Exception {
        FakeSession session = live();
        FakeSession.Send send = session.next();

        choose(BOB, setting);
        quiet();
        store(BOB, "b");
        pushes.deferred(BOB, 0);
        quiet();
        assertThat(session.bye()).isNotDone();
        send.confirm();
        session.bye().get(10, TimeUnit.SECONDS);

        quiet();
        register(BOB);
        quiet();
        assertThat(session.isQuiet()).isTrue();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(timer.isUnset()).isTrue();
        assertThat(store.countWaiting()).isEqualTo(1);
    }

    @Test
    void aChoiceEndsTheWaitForAnotherTry() throws Exception {
        pushed().refuse(480);
        ManualTimer.Alarm retry = timer.next();

        choose(BOB, DeliverySetting.HOLD);

        quiet();
        assertThat(retry.isCancelled()).isTrue();
    }

    @Test
    void whoChoosesToBePushedToIsAtOnce() throws Exception {
        settings.choose(BOB, DeliverySetting.HOLD);
        store(BOB, "a");
        register(BOB);
        quiet();
        assertThat(inbox.isEmpty()).isTrue();

        choose(BOB, DeliverySetting.PUSH);

        inbox.next().accept(SIP).next();
    }

    @Test
    void whoIsNotRegisteredIsNotPushedToWhateverTheyChoose() throws Exception {
        store(BOB, "a");

        choose(BOB, DeliverySetting.PUSH);

        quiet();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void furtherPushesWaitTheirTurnInOrder() throws Exception {
        List<Aor> users = Stream.of("u1", "u2", "u3", "u4", "u5")
                .map(name -> new Aor("sip:" + name + "@example.test"))
                .toList();
        for (Aor user : users) {
            store(user, "to " + user);
            renew(user);
        }

        pushes.resume();
        FakeSession first = inbox.next();
        FakeSession second = inbox.next();
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(pushes.live()).isEqualTo(CONCURRENT);
        store(CAROL, "c");
        register(CAROL);
        quiet();
        assertThat(inbox.isEmpty()).isTrue();

        List<Aor> served = new ArrayList<>(List.of(first.user, second.user));
        for (FakeSession over = first; served.size() < users.size(); ) {
            over.refuse(486);
            over = inbox.next();
            served.add(over.user);
        }
        assertThat(served).containsExactlyInAnyOrderElementsOf(users);
        second.refuse(486);
        assertThat(inbox.next().user).isEqualTo(CAROL);
    }

    @Test
    void whoGoesOrWantsNoPushLeavesItsPlaceToTheNext() throws Exception {
        Aor dave = new Aor("sip:dave@example.test");
        Aor erin = new Aor("sip:erin@example.test");
        Aor frank = new Aor("sip:frank@example.test");
        FakeSession bobs = pushed();
        store(CAROL, "c");
        register(CAROL);
        inbox.next();
        for (Aor user : List.of(dave, erin, frank)) {
            store(user, "to " + user);
            register(user);
            quiet();
        }

        registrations.end(dave, Messages.NOW.plusSeconds(9999));
        pushes.deregistered(dave);
        settings.choose(erin, DeliverySetting.HOLD); // nobody is told
        bobs.refuse(486);

        assertThat(inbox.next().user).isEqualTo(frank);
    }

    @ParameterizedTest
    @EnumSource
    void whoFetchesWhatWaitsGetsItWhateverTheyChose(DeliverySetting setting) throws Exception {
        settings.choose(BOB, setting);
        store(BOB, "a");
        FakeSession session = pulls();
        session.accept(SIP).next().confirm();
        ManualTimer.Alarm idle = timer.next();
        assertThat(pushes.isOpen(BOB)).isTrue();

        store(BOB, "b");
        pushes.deferred(BOB, 0);
        session.next().confirm();
        assertThat(idle.isCancelled()).isTrue();
        timer.next().run();

        session.bye().get(10, TimeUnit.SECONDS);
        quiet();
        assertThat(pushes.isOpen(BOB)).isFalse();
        assertThat(store.countWaiting()).isZero();
        assertThat(pushes.confirmed()).isEqualTo(2);
    }

    @Test
    void whoFetchesNothingGetsABye() throws Exception {
        FakeSession session = pulls().accept(SIP);

        timer.next().run();

        session.bye().get(10, TimeUnit.SECONDS);
    }

    @Test
    void whatWasHeldIsFetchedToo() throws Exception {
        FakeSession session = live();
        session.next().refuse(413);
        timer.next().run();
        quiet();
        assertThat(store.countHeld()).isEqualTo(1);

        pulls().accept(SIP).next().confirm();
        timer.next();
        assertThat(store.countHeld()).isZero();
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void aLivePushEndsBeforeTheUserFetchesTheRest() throws Exception {
        FakeSession pushed = live();
        FakeSession.Send send = pushed.next();
        quiet(); // it has looked for more
        store(BOB, "b");

        FakeSession pulled = pulls().accept(SIP);
        quiet();
        assertThat(pulled.isQuiet())
                .as("the first is under way in another session")
                .isTrue();
        send.confirm();
        pushed.bye().get(10, TimeUnit.SECONDS);

        FakeSession.Send rest = pulled.next();
        assertThat(rest.message().messageId()).isNotEqualTo(send.message().messageId());
        rest.confirm();
        timer.next().run();
        quiet();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void theNewestSessionToFetchInTakesOver() throws Exception {
        store(BOB, "a");
        FakeSession first = pulls().accept(SIP);
        FakeSession.Send send = first.next();
        quiet(); // it has looked for more
        store(BOB, "b");

        FakeSession second = pulls().accept(SIP);
        FakeSession third = pulls().accept(SIP);
        second.bye().get(10, TimeUnit.SECONDS);
        quiet();
        assertThat(third.isQuiet())
                .as("the first message is under way in another session")
                .isTrue();
        send.confirm();
        first.bye().get(10, TimeUnit.SECONDS);

        FakeSession.Send rest = third.next();
        assertThat(rest.message().messageId()).isNotEqualTo(send.message().messageId());
        rest.confirm();
        timer.next().run();
        third.bye().get(10, TimeUnit.SECONDS);
        assertThat(first.isQuiet() && second.isQuiet()).isTrue();
        assertThat(store.countWaiting()).isZero();
    }

    @Test
    void neitherAChoiceNorTheEndOfTheRegistrationEndsWhatTheUserFetches() throws Exception {
        store(BOB, "a");
        FakeSession session = pulls().accept(SIP);
        session.next().confirm();
        timer.next();

        choose(BOB, DeliverySetting.HOLD);
        pushes.deregistered(BOB);
        quiet();

        assertThat(session.bye()).isNotDone();
    }

    @Test
    void whatWasNotFetchedIsPushedIfTheUserWantsThat() throws Exception {
        renew(BOB);
        store(BOB, "a");
        pulls().accept(SIP).next().lose();

        inbox.next().accept(SIP).next();
    }

    @Test
    void closingEndsWhatUsersFetchToo() throws Exception {
        FakeSession session = pulls().accept(SIP);
        timer.next();

        CompletableFuture.runAsync(pushes::close).get(10, TimeUnit.SECONDS);

        assertThat(session.bye()).isDone();
        pulls().bye().get(10, TimeUnit.SECONDS);
    }

    private void choose(Aor user, DeliverySetting setting) {
        settings.choose(user, setting);
        pushes.settingChanged(user);
    }

    private FakeSession pulls() {
        FakeSession session = FakeSession.opened(BOB);
        pushes.pulled(BOB, session);
        return session;
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

    private void register(Aor user, ClientContact... devices) {
        renew(user, devices);
        pushes.registered(user);
    }

    private void renew(Aor user, ClientContact... devices) {
        registrations.renew(
                new Registration(user, clock.instant().plusSeconds(3600), List.of(devices), null, null), Set.of());
    }

    private void store(Aor recipient, String callId) {
        await(store.store(message(recipient, callId)));
    }

    /** What was given to the store before is done, and was told: the second is in a commit after that of the first. */
    private void committed() {
        store(CAROL, "with the last or after");
        store(CAROL, "after the last");
    }

    /** All that was given to do, and what followed from it, is done. */
    private void quiet() throws Exception {
        for (int i = 0; i < 10; i++) {
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
