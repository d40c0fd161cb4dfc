package im.deferred.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import im.deferred.core.TestClock;
import im.deferred.registration.RegInfo.Entry;
import im.deferred.registration.RegSubscription.Ending;
import im.deferred.registration.RegSubscription.Ending.Again;
import im.deferred.registration.RegSubscription.Ending.NotOffered;
import im.deferred.registration.RegSubscription.Ending.Over;
import im.deferred.registration.RegSubscription.State;
import im.deferred.registration.Registrations.Change;
import jakarta.persistence.PersistenceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The subscriber of RFC 6665 §4.1 and the order of the documents of RFC 3680 §5. */
class RegSubscriptionTest implements RegSubscription.Effects {

    private static final Aor BOB = new Aor("sip:bob@example.test");
    private static final Aor TEL = new Aor("tel:+491234");
    private static final String ACTIVE = "active;expires=600000";
    private static final Change CHANGE = new Change(List.of(BOB), List.of());

    /** What is set, and not called off. */
    private record Alarm(Duration time, Runnable task) {}

    private final TestClock clock = new TestClock();
    private final List<Long> subscribes = new ArrayList<>();
    private final List<RegInfo> updates = new ArrayList<>();
    private final List<Ending> endings = new ArrayList<>();
    private final List<Alarm> alarms = new ArrayList<>();
    private final RegSubscription subscription = new RegSubscription(BOB, this, clock);
    private boolean databaseFails;

    @Override
    public void subscribe(long expires) {
        subscribes.add(expires);
    }

    @Override
    public Change update(RegInfo told) {
        if (databaseFails) {
            throw new PersistenceException("down");
        }
        updates.add(told);
        return CHANGE;
    }

    @Override
    public Future<?> after(Duration time, Runnable task) {
        Alarm alarm = new Alarm(time, task);
        alarms.add(alarm);
        return new CompletableFuture<Void>() {
            @Override
            public boolean cancel(boolean interrupt) {
                return alarms.remove(alarm);
            }
        };
    }

    @Override
    public void ended(Ending ending) {
        endings.add(ending);
    }

    @Test
    void subscribesForAsLongAsAnAsDoes() {
        subscription.begin();

        assertThat(subscription.state()).isEqualTo(State.NOTIFY_WAIT);
        assertThat(subscribes).containsExactly(600_000L);
        assertThat(alarms).extracting(Alarm::time).containsExactly(RegSubscription.TIMER_N);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void notifyMayComeBeforeThe200(boolean notifyFirst) throws RefusedException {
        subscription.begin();
        if (!notifyFirst) {
            subscription.accepted(OptionalLong.of(3600));
            assertThat(subscription.state()).isEqualTo(State.NOTIFY_WAIT);
        }
        assertThat(notified("active;expires=3600", full(0))).isEqualTo(CHANGE);
        if (notifyFirst) {
            subscription.accepted(OptionalLong.of(3600));
        }

        assertThat(subscription.state()).isEqualTo(State.ACTIVE);
        assertThat(alarms).extracting(Alarm::time).containsExactly(Duration.ofSeconds(3000));
        assertThat(updates).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"600000, 599400", "1201, 601", "1200, 600", "60, 30", "20, 10", "1, 10"})
    void isRefreshedBeforeItEnds(int granted, int refreshAfter) throws RefusedException {
        active();
        subscription.accepted(OptionalLong.of(granted));

        fire(Duration.ofSeconds(refreshAfter));

        assertThat(subscribes).containsExactly(600_000L, 600_000L);
        subscription.accepted(OptionalLong.of(granted));
        fire(Duration.ofSeconds(refreshAfter));
        assertThat(subscribes).hasSize(3);
    }

    @Test
    void pendingIsFollowedToo() throws RefusedException {
        subscription.begin();
        notified("pending;expires=600", null);

        assertThat(subscription.state()).isEqualTo(State.PENDING);
        fire(Duration.ofSeconds(300));
        assertThat(subscribes).hasSize(2);
    }

    @Test
    void nextVersionIsTakenAndAnOldOneIsNot() throws RefusedException {
        active();
        assertThat(notified(ACTIVE, partial(1))).isEqualTo(CHANGE);

        assertThat(notified(ACTIVE, partial(1)).registered()).isEmpty();
        assertThat(notified(ACTIVE, full(0)).registered()).isEmpty();

        assertThat(updates).extracting(RegInfo::version).containsExactly(0L, 1L);
        assertThat(subscribes).hasSize(1);
    }

    @Test
    void gapIsTakenAndAllIsAskedForOnce() throws RefusedException {
        active();

        notified(ACTIVE, partial(3));
        assertThat(subscribes).containsExactly(600_000L, 600_000L);
        subscription.accepted(OptionalLong.of(600_000));
        notified(ACTIVE, partial(6)); // a core that never tells all is not asked without end
        assertThat(subscribes).hasSize(2);

        notified(ACTIVE, full(7));
        notified(ACTIVE, partial(9));
        assertThat(subscribes).hasSize(3);
        assertThat(updates).extracting(RegInfo::version).containsExactly(0L, 3L, 6L, 7L, 9L);
    }

    @Test
    void firstDocumentThatIsPartialLeavesAGap() throws RefusedException {
        subscription.begin();
        notified(ACTIVE, partial(0));

        assertThat(subscribes).hasSize(2);
    }

    @Test
    void fullDocumentMayJump() throws RefusedException {
        active();
        notified(ACTIVE, full(5));

        assertThat(subscribes).hasSize(1);
    }

    @Test
    void fullDocumentEndsWhomItListedBeforeAndNotNow() throws RefusedException {
        subscription.begin();
        notified(ACTIVE, new RegInfo(0, true, List.of(entry(BOB, true), entry(TEL, true))));

        notified(ACTIVE, full(1));

        assertThat(updates.get(1).registrations())
                .extracting(Entry::user, Entry::active)
                .containsExactly(tuple(BOB, true), tuple(TEL, false));
    }

    @Test
    void secondNotifierIs481() throws RefusedException {
        active();

        assertRefused("forked");
        assertThat(updates).hasSize(1);
    }

    @Test
    void databaseThatFailsLeavesAllToBeAskedForAgain() throws RefusedException {
        active();
        databaseFails = true;
        assertThatExceptionOfType(PersistenceException.class).isThrownBy(() -> notified(ACTIVE, partial(1)));
        databaseFails = false;

        fire(RegSubscription.MIN_REFRESH);
        assertThat(subscribes).hasSize(2);
        notified(ACTIVE, full(2));
        assertThat(updates).extracting(RegInfo::version).containsExactly(0L, 2L);
    }

    @ParameterizedTest
    @ValueSource(ints = {489, 405, 501, 403, 404, 408, 503, 302})
    void refusalEndsIt(int status) {
        subscription.begin();
        subscription.refused(status);

        assertThat(endings).containsExactly(new NotOffered(status));
        assertThat(alarms).isEmpty();
        assertThat(subscription.want()).isFalse();
        assertRefused("core");
    }

    @Test
    void noNotifyEndsIt() {
        subscription.begin();
        subscription.accepted(OptionalLong.of(600));

        fire(RegSubscription.TIMER_N);

        assertThat(endings).containsExactly(new NotOffered(Ending.NO_NOTIFY));
    }

    @Test
    void nothingAtAllIsAsNoAnswer() {
        subscription.begin();

        fire(RegSubscription.TIMER_N);

        assertThat(endings).containsExactly(new NotOffered(408));
    }

    @Test
    void dialogThatIsGoneAtTheRefreshIsFollowedByAnother() throws RefusedException {
        active();
        clock.advance(Duration.ofDays(6));
        fire(Duration.ofSeconds(599_400));

        subscription.refused(481);

        assertThat(endings).containsExactly(new Again(Duration.ZERO));
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 405, 489, 501})
    void refreshThatIsRefusedForGoodEndsIt(int status) throws RefusedException {
        active();
        fire(Duration.ofSeconds(599_400));

        subscription.refused(status);

        assertThat(endings).containsExactly(new NotOffered(status));
    }

    @Test
    void refreshThatFailsIsTriedAgainUntilTheEnd() throws RefusedException {
        active();
        clock.advance(Duration.ofSeconds(599_400));
        fire(Duration.ofSeconds(599_400));
        subscription.refused(503);
        clock.advance(Duration.ofSeconds(300));
        fire(Duration.ofSeconds(300));
        assertThat(subscribes).hasSize(3);
        assertThat(endings).isEmpty();

        clock.advance(Duration.ofSeconds(300));
        subscription.refused(408);

        assertThat(endings).containsExactly(new Again(Duration.ZERO));
    }

    @ParameterizedTest
    @CsvSource({
        "terminated;reason=deactivated, 0",
        "terminated;reason=timeout, 0",
        "terminated, 0",
        "terminated;reason=whatever;retry-after=5, 5",
        "terminated;reason=probation, 60",
        "terminated;reason=probation;retry-after=7, 7",
        "terminated;reason=giveup;retry-after=3600, 3600",
        "Terminated;Reason=Giveup, 60",
    })
    void endingAfterWhichAnotherFollows(String state, int seconds) throws RefusedException {
        active();
        clock.advance(RegSubscription.PAUSE);

        notified(state, null);

        assertThat(subscription.state()).isEqualTo(State.TERMINATED);
        assertThat(endings).containsExactly(new Again(Duration.ofSeconds(seconds)));
        assertThat(alarms).isEmpty();
        assertRefused("core");
    }

    @Test
    void coreThatEndsItAtOnceIsNotAskedWithoutEnd() throws RefusedException {
        active();
        clock.advance(Duration.ofSeconds(10));

        notified("terminated;reason=deactivated", null);

        assertThat(endings).containsExactly(new Again(Duration.ofSeconds(50)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"noresource", "invariant"})
    void endingForGood(String reason) throws RefusedException {
        active();
        notified("terminated;reason=" + reason, null);

        assertThat(endings).containsExactly(new Over());
    }

    @Test
    void rejectionIsRemembered() throws RefusedException {
        active();
        notified("terminated;reason=rejected", null);

        assertThat(endings).containsExactly(new NotOffered(403));
    }

    @Test
    void lastDocumentIsTaken() throws RefusedException {
        active();
        notified("terminated;reason=noresource", new RegInfo(1, false, List.of(entry(BOB, false))));

        assertThat(updates).hasSize(2);
    }

    @Test
    void userWhoIsGoneIsFollowedNoLonger() throws RefusedException {
        active();
        subscription.leave();
        assertThat(subscribes).containsExactly(600_000L, 0L);

        notified("terminated;reason=timeout", full(1, false));

        assertThat(endings).containsExactly(new Over());
        assertThat(alarms).isEmpty();
    }

    @Test
    void userWhoIsToldToBeGoneIsFollowedNoLonger() throws RefusedException {
        active();
        notified(ACTIVE, new RegInfo(1, false, List.of(entry(BOB, false))));

        assertThat(subscribes).containsExactly(600_000L, 0L);
        subscription.leave(); // what the listeners bring about changes nothing
        assertThat(subscribes).hasSize(2);
        fire(RegSubscription.TIMER_N); // and no NOTIFY comes
        assertThat(endings).containsExactly(new Over());
    }

    @Test
    void userWhoIsGoneBeforeTheFirstNotifyIsLetGoWithIt() throws RefusedException {
        subscription.begin();
        subscription.leave();
        assertThat(subscribes).hasSize(1);

        notified(ACTIVE, null);

        assertThat(subscribes).containsExactly(600_000L, 0L);
    }

    @Test
    void isLetGoThoughTheDatabaseFailsAndNoNotifyFollows() {
        subscription.begin();
        subscription.leave();
        databaseFails = true;
        assertThatExceptionOfType(PersistenceException.class).isThrownBy(() -> notified(ACTIVE, full(0)));
        assertThat(subscribes).containsExactly(600_000L, 0L);

        fire(RegSubscription.TIMER_N);

        assertThat(endings).containsExactly(new Over());
    }

    @Test
    void userWhoComesBackMeanwhileIsFollowedByTheNext() throws RefusedException {
        active();
        subscription.leave();
        assertThat(subscription.want()).isTrue();

        // It left the core before the REGISTER did: of it nothing is taken.
        assertThat(notified("terminated;reason=timeout", full(1, false)).registered())
                .isEmpty();

        assertThat(updates).hasSize(1);
        assertThat(endings).containsExactly(new Again(Duration.ZERO));
    }

    @Test
    void lastDocumentThatTellsOfTheUserBringsAnotherSubscription() throws RefusedException {
        active();
        notified(ACTIVE, new RegInfo(1, false, List.of(entry(BOB, false))));

        notified("terminated;reason=timeout", full(2));

        assertThat(updates).hasSize(3);
        assertThat(endings).containsExactly(new Again(Duration.ZERO));
    }

    @Test
    void endThatIsRefusedIsAnEnd() throws RefusedException {
        active();
        subscription.leave();
        subscription.refused(481);

        assertThat(endings).containsExactly(new Over());
    }

    @ParameterizedTest
    @ValueSource(strings = {";", "\"active"})
    void stateThatCannotBeReadIs400(String header) {
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> SubscriptionState.parse(header))
                .matches(e -> e.status() == 400);
    }

    @Test
    void stateThatIsMissingIs400() {
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> SubscriptionState.parse(null))
                .matches(e -> e.status() == 400);
    }

    private void active() throws RefusedException {
        subscription.begin();
        subscription.accepted(OptionalLong.of(600_000));
        notified(ACTIVE, full(0));
        subscription.accepted(OptionalLong.of(600_000));
    }

    private Change notified(String state, RegInfo document) throws RefusedException {
        return subscription.notified("core", SubscriptionState.parse(state), Optional.ofNullable(document));
    }

    private void assertRefused(String from) {
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> subscription.notified(from, SubscriptionState.parse(ACTIVE), Optional.of(full(9))))
                .matches(e -> e.status() == 481);
    }

    /** The only alarm that is set goes off; it is set to that time. */
    private void fire(Duration time) {
        assertThat(alarms).extracting(Alarm::time).containsExactly(time);
        alarms.remove(0).task().run();
    }

    private static RegInfo full(int version) {
        return full(version, true);
    }

    private static RegInfo full(int version, boolean active) {
        return new RegInfo(version, true, List.of(entry(BOB, active)));
    }

    private static RegInfo partial(int version) {
        return new RegInfo(version, false, List.of(entry(BOB, true)));
    }

    private static Entry entry(Aor user, boolean active) {
        ToldContact contact = new ToldContact(new HeaderValue("sip:bob@192.0.2.1", Map.of()), OptionalLong.empty());
        return new Entry(user, active, active ? List.of(contact) : List.of(), Set.of());
    }
}
