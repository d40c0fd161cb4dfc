package im.deferred.registration;

import static im.deferred.core.TestClock.START;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import im.deferred.core.ManualTimer;
import im.deferred.core.TestClock;
import im.deferred.registration.FakeNotifier.Answer;
import im.deferred.registration.FakeNotifier.Subscribe;
import im.deferred.registration.Registrations.Change;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegEventsTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");
    private static final Aor ALICE = new Aor("sip:alice@example.test");
    private static final Aor CAROL = new Aor("sip:carol@example.test");
    private static final int MOST = 2;
    private static final String CORE = "127.0.0.1";

    private static final String GONE = """
            <reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="0" state="full">
              <registration aor="sip:bob@example.test" id="1" state="terminated"/>
              <registration aor="sip:bob@elsewhere.test" id="2" state="active">
                <contact id="3" state="active" event="registered"><uri>sip:bob@192.0.2.1</uri></contact>
              </registration>
            </reginfo>""";

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final ManualTimer timer = new ManualTimer();
    private final Registrations registrations = new Registrations(database.entities(), clock);
    private final FakeNotifier notifier = new FakeNotifier();
    private final List<Change> news = new ArrayList<>();
    private final RegEvents events = new RegEvents(
            notifier.core(),
            registrations,
            change -> {
                assertThat(notifier.answers).isNotEmpty(); // the core first
                news.add(change);
            },
            MOST,
            timer,
            Runnable::run,
            clock);
    private final RegEventServlet servlet = new RegEventServlet();

    @BeforeEach
    void register() {
        registrations.renew(new Registration(BOB, START.plusSeconds(600), List.of(), null, null), Set.of());
    }

    @AfterEach
    void close() {
        timer.shutdownNow();
        database.close();
    }

    @Test
    void whoRegistersIsSubscribedToOnce() {
        events.registered(BOB);
        events.registered(BOB);

        assertThat(notifier.subscribes).hasSize(1);
        Subscribe subscribe = notifier.subscribes.get(0);
        assertThat(subscribe.to()).isEqualTo("sip:bob@example.test");
        assertThat(subscribe.headers())
                .containsEntry("Event", "reg")
                .containsEntry("Accept", "application/reginfo+xml")
                .containsEntry("Expires", "600000");
    }

    @Test
    void expiryAtTheCoreIsAnsweredKeptAndTold() throws IOException {
        events.registered(BOB);

        servlet.doNotify(notifier.notify(notifier.subscribes.get(0), CORE, GONE));

        assertThat(notifier.answers).containsExactly(new Answer(200, Map.of()));
        assertThat(news).containsExactly(new Change(List.of(), List.of(BOB)));
        assertThat(registrations.countInForce()).isZero(); // the other domain is not served
        Subscribe last = notifier.subscribes.get(1);
        assertThat(last.inDialog()).isTrue();
        assertThat(last.headers()).containsEntry("Event", "reg").containsEntry("Expires", "0");
    }

    @Test
    void whoIsDeregisteredIsFollowedNoLonger() throws IOException {
        events.registered(BOB);
        servlet.doNotify(notifier.notify(notifier.subscribes.get(0), CORE, null));

        events.deregistered(BOB);
        events.deregistered(ALICE);

        assertThat(notifier.subscribes).hasSize(2);
        servlet.doNotify(notifier.notify(
                notifier.subscribes.get(1), CORE, null, "Subscription-State", "terminated;reason=timeout"));
        assertThat(events.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {405, 489, 501})
    void coreThatDoesNotOfferItIsAskedAgainAfterAnHour(int status) {
        events.registered(BOB);
        servlet.doErrorResponse(notifier.answer(notifier.subscribes.get(0), status));

        events.registered(BOB);
        events.registered(ALICE);
        clock.advance(RegEvents.REMEMBERED.minusSeconds(1));
        events.registered(CAROL);
        assertThat(notifier.subscribes).hasSize(1);
        assertThat(events.size()).isZero();

        clock.advance(Duration.ofSeconds(1));
        events.registered(BOB);
        assertThat(notifier.subscribes).hasSize(2);
    }

    @Test
    void coreThatDoesNotAnswerIsAskedAgainAfterAMinuteThenTwoAndAtMostAnHour() throws IOException {
        events.registered(BOB);
        for (int minutes : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertAskedAgainAfter(Duration.ofMinutes(minutes), BOB);
        }

        servlet.doNotify(notifier.notify(last(), CORE, GONE));
        events.registered(CAROL);
        assertAskedAgainAfter(Duration.ofMinutes(1), CAROL);
        assertAskedAgainAfter(Duration.ofMinutes(2), CAROL);

        servlet.doErrorResponse(notifier.answer(last(), 403));
        events.registered(ALICE);
        assertAskedAgainAfter(Duration.ofMinutes(1), ALICE);
    }

    private void assertAskedAgainAfter(Duration pause, Aor user) {
        int asked = notifier.subscribes.size();
        servlet.doErrorResponse(notifier.answer(last(), 408));
        clock.advance(pause.minusSeconds(1));
        events.registered(user);
        assertThat(notifier.subscribes).hasSize(asked);

        clock.advance(Duration.ofSeconds(1));
        events.registered(user);
        assertThat(notifier.subscribes).hasSize(asked + 1);
    }

    private Subscribe last() {
        return notifier.subscribes.get(notifier.subscribes.size() - 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 403, 404, 503})
    void otherRefusalsCountForTheUser(int status) {
        events.registered(BOB);
        servlet.doErrorResponse(notifier.answer(notifier.subscribes.get(0), status));

        events.registered(BOB);
        events.registered(ALICE);

        assertThat(notifier.subscribes).extracting(Subscribe::to).containsExactly(BOB.uri(), ALICE.uri());
        clock.advance(RegEvents.REMEMBERED);
        events.registered(BOB);
        assertThat(notifier.subscribes).hasSize(3);
    }

    @Test
    void subscribeThatCannotBeSentCountsForTheUser() {
        notifier.beUnreachable();
        events.registered(BOB);

        assertThat(events.size()).isZero();
    }

    @Test
    void atMostSoManyAreSubscribedTo() {
        events.registered(BOB);
        events.registered(ALICE);
        events.registered(CAROL);
        assertThat(events.size()).isEqualTo(MOST);

        servlet.doErrorResponse(notifier.answer(notifier.subscribes.get(0), 404));
        events.registered(CAROL);
        assertThat(notifier.subscribes).extracting(Subscribe::to).containsExactly(BOB.uri(), ALICE.uri(), CAROL.uri());
    }

    @Test
    void endedSubscriptionIsFollowedByAnotherIfTheUserIsRegistered() throws Exception {
        events.registered(BOB);
        events.registered(ALICE); // who is not, or no longer
        clock.advance(RegSubscription.PAUSE);
        for (Subscribe subscribe : List.copyOf(notifier.subscribes)) {
            timer.next(); // Timer N
            servlet.doNotify(notifier.notify(
                    subscribe, CORE, null, "Subscription-State", "terminated;reason=giveup;retry-after=5"));
        }
        assertThat(events.size()).isZero();

        for (int i = 0; i < 2; i++) {
            ManualTimer.Alarm again = timer.next();
            assertThat(again.after()).isEqualTo(Duration.ofSeconds(5));
            again.run();
        }

        assertThat(notifier.subscribes).extracting(Subscribe::to).containsExactly(BOB.uri(), ALICE.uri(), BOB.uri());
        assertThat(notifier.subscribes.get(2).inDialog()).isFalse();
    }

    @Test
    void nothingIsBegunWhenTheServerStops() {
        events.close();
        events.registered(BOB);

        assertThat(notifier.subscribes).isEmpty();
    }

    @Test
    void notifyFromAStrangerIs403() throws IOException {
        assertRefused(403, "192.0.2.66", GONE);
    }

    @Test
    void notifyOfAnotherEventIs489() throws IOException {
        assertRefused(489, CORE, GONE, "Event", "presence");
        assertRefused(489, CORE, GONE, "Event", null);
    }

    @Test
    void notifyWithoutAStateIs400() throws IOException {
        assertRefused(400, CORE, GONE, "Subscription-State", null);
    }

    @Test
    void notifyWithAMalformedDocumentIs400() throws IOException {
        assertRefused(400, CORE, GONE.replace("</reginfo>", ""));
    }

    @Test
    void notifyWithAnotherTypeIs415() throws IOException {
        assertRefused(415, CORE, GONE, "Content-Type", "application/pidf+xml");

        assertThat(notifier.answers.get(0).headers()).containsEntry("Accept", "application/reginfo+xml");
    }

    @Test
    void notifyThatCannotBeKeptIs503() throws IOException, SQLException {
        events.registered(BOB);
        try (var connection = database.dataSource().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("drop table registration cascade");
        }

        servlet.doNotify(notifier.notify(notifier.subscribes.get(0), CORE, GONE));

        assertThat(notifier.answers).containsExactly(new Answer(503, Map.of("Retry-After", "5")));
        assertThat(news).isEmpty();
    }

    private void assertRefused(int status, String source, String body, String... headers) throws IOException {
        events.registered(BOB);
        servlet.doNotify(notifier.notify(notifier.subscribes.get(0), source, body, headers));

        assertThat(notifier.answers).extracting(Answer::status).containsOnly(status);
        assertThat(news).isEmpty();
        assertThat(registrations.isRegistered(BOB)).isTrue();
    }
}
