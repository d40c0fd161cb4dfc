package im.deferred.registration;

import static im.deferred.core.TestClock.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import im.deferred.core.TemporaryGruu;
import im.deferred.core.TestClock;
import im.deferred.registration.RegInfo.Entry;
import im.deferred.registration.Registrations.Change;
import jakarta.persistence.PersistenceException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RegistrationsTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");
    private static final Aor ROBERT = new Aor("sip:robert@example.test");
    private static final Aor TEL = new Aor("tel:+491234");
    private static final Aor ALICE = new Aor("sip:alice@example.test");

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final Registrations registrations = new Registrations(database.entities(), clock);

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void nobodyIsRegisteredAtFirst() {
        assertThat(registrations.isRegistered(BOB)).isFalse();
        assertThat(registrations.find(BOB)).isEmpty();
    }

    @Test
    void keepsEverythingThatWasTold() {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("+g.oma.sip-im", "");
        tags.put("+sip.instance", "<urn:uuid:1>");
        tags.put("description", "a \"quoted\" \\ value; with, marks");
        tags.put("q", "0.5");
        Registration told = new Registration(
                BOB,
                START.plusSeconds(600),
                List.of(
                        contact("sip:bob@192.0.2.1", 600),
                        new ClientContact("sip:bob@192.0.2.2", "urn:uuid:1", tags, START.plusSeconds(300))),
                "profile",
                "OMA-client/1.0");

        registrations.renew(told, Set.of());

        assertThat(new Registrations(database.entities(), clock).find(BOB)).hasValue(told);
        assertThat(registrations.find(BOB).orElseThrow().contacts().get(1).featureTags())
                .containsExactlyEntriesOf(tags);
    }

    @Test
    void endsByTimeToTheSecond() {
        registrations.renew(registration(BOB, 600), Set.of());

        clock.advance(Duration.ofSeconds(599));
        assertThat(registrations.isRegistered(BOB)).isTrue();
        clock.advance(Duration.ofSeconds(1));
        assertThat(registrations.isRegistered(BOB)).isFalse();
        assertThat(registrations.find(BOB)).isEmpty();
    }

    @Test
    void refreshMakesItLonger() {
        registrations.renew(registration(BOB, 600), Set.of());
        clock.advance(Duration.ofSeconds(500));
        registrations.renew(registration(BOB, 600), Set.of());

        clock.advance(Duration.ofSeconds(599));
        assertThat(registrations.isRegistered(BOB)).isTrue();
    }

    @Test
    void contactsEndByThemselves() {
        registrations.renew(
                new Registration(
                        BOB,
                        START.plusSeconds(600),
                        List.of(contact("sip:bob@192.0.2.1", 60), contact("sip:bob@192.0.2.2", 600)),
                        null,
                        null),
                Set.of());

        clock.advance(Duration.ofSeconds(60));

        assertThat(registrations.find(BOB).orElseThrow().contacts())
                .extracting(ClientContact::uri)
                .containsExactly("sip:bob@192.0.2.2");
    }

    @Test
    void refreshReplacesContacts() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());
        registrations.renew(withContact("sip:bob@192.0.2.2"), Set.of());

        assertThat(registrations.find(BOB)).hasValue(withContact("sip:bob@192.0.2.2"));
        assertThat(rows("registration_contact")).isEqualTo(1);
    }

    @Test
    void refreshThatTellsNoFeaturesOfADeviceKeepsThoseItHad() {
        ClientContact able =
                new ClientContact("sip:bob@192.0.2.1", null, Map.of(ClientContact.IM, ""), START.plusSeconds(600));
        registrations.renew(new Registration(BOB, START.plusSeconds(600), List.of(able), null, null), Set.of());
        registrations.renew(
                new Registration(
                        BOB,
                        START.plusSeconds(900),
                        Stream.of("sip:bob@192.0.2.1", "sip:bob@192.0.2.2")
                                .map(uri -> new ClientContact(uri, null, Map.of(), START.plusSeconds(900)))
                                .toList(),
                        null,
                        null),
                Set.of());

        assertThat(registrations.find(BOB).orElseThrow().contacts())
                .extracting(ClientContact::uri, contact -> contact.has(ClientContact.IM), ClientContact::expiresAt)
                .containsExactly(
                        tuple("sip:bob@192.0.2.1", true, START.plusSeconds(900)),
                        tuple("sip:bob@192.0.2.2", false, START.plusSeconds(900)));
    }

    @Test
    void refreshThatTellsNothingKeepsWhatWasKnown() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());
        registrations.renew(registration(BOB, 600), Set.of());

        assertThat(registrations.find(BOB)).hasValue(withContact("sip:bob@192.0.2.1"));
    }

    @Test
    void newRegistrationKnowsNothingOfOneThatRanOut() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());
        clock.advance(Duration.ofSeconds(600));
        registrations.renew(registration(BOB, 600), Set.of());

        assertThat(registrations.find(BOB)).hasValue(registration(BOB, 600));
    }

    @Test
    void wholeImplicitSetIsRegistered() {
        Change change = registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of(BOB, TEL, ROBERT));

        assertThat(change).isEqualTo(new Change(List.of(BOB, ROBERT, TEL), List.of()));
        assertThat(registered(ALICE, BOB, ROBERT, TEL)).containsExactlyInAnyOrder(BOB, ROBERT, TEL);
        assertThat(registrations.find(TEL).orElseThrow().contacts()).hasSize(1);
    }

    @Test
    void userInToCountsEvenIfTheSetLeavesItOut() {
        assertThat(registrations.renew(registration(BOB, 600), Set.of(TEL)).registered())
                .containsExactly(BOB, TEL);
    }

    @Test
    void refreshThatTellsNoSetRenewsTheKnownOne() {
        registrations.renew(registration(BOB, 600), Set.of(BOB, TEL));
        clock.advance(Duration.ofSeconds(500));

        assertThat(registrations.renew(registration(BOB, 600), Set.of()))
                .isEqualTo(new Change(List.of(BOB, TEL), List.of()));

        clock.advance(Duration.ofSeconds(500));
        assertThat(registrations.isRegistered(TEL)).isTrue();
    }

    @Test
    void userWhoLeftTheSetIsDeregistered() {
        registrations.renew(registration(BOB, 600), Set.of(BOB, TEL, ROBERT));

        assertThat(registrations.renew(registration(BOB, 600), Set.of(BOB, ROBERT)))
                .isEqualTo(new Change(List.of(BOB, ROBERT), List.of(TEL)));
        assertThat(registrations.isRegistered(TEL)).isFalse();
    }

    @Test
    void endOfTheUserEndsTheKnownSet() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of(BOB, TEL));
        registrations.renew(registration(ALICE, 600), Set.of());

        assertThat(registrations.end(BOB, Set.of())).isEqualTo(new Change(List.of(), List.of(BOB, TEL)));

        assertThat(registered(ALICE, BOB, TEL)).containsExactly(ALICE);
        assertThat(rows("registration_contact")).isZero();
    }

    @Test
    void endOfTheUserEndsTheToldSet() {
        registrations.renew(registration(TEL, 600), Set.of());

        assertThat(registrations.end(BOB, Set.of(TEL)).deregistered()).containsExactly(TEL);
        assertThat(registrations.isRegistered(TEL)).isFalse();
    }

    @Test
    void whatHadRunOutIsNotDeregisteredAgain() {
        registrations.renew(registration(BOB, 600), Set.of());
        clock.advance(Duration.ofSeconds(600));

        assertThat(registrations.end(BOB, Set.of()).deregistered()).isEmpty();
    }

    @Test
    void endOfOneUserLeavesTheSet() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of(BOB, TEL));

        registrations.end(BOB, START.plus(Duration.ofDays(1)));
        registrations.end(ALICE, START.plus(Duration.ofDays(1)));

        assertThat(registered(BOB, TEL)).containsExactly(TEL);
    }

    @Test
    void lastContactThatGoesEndsTheRegistration() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of(BOB, TEL));

        Change change = registrations.update(
                BOB, told(false, new Entry(BOB, true, List.of(), Set.of("sip:bob@192.0.2.1", "sip:bob@192.0.2.9"))));

        assertThat(change).isEqualTo(new Change(List.of(), List.of(BOB)));
        assertThat(registered(BOB, TEL)).containsExactly(TEL);
    }

    @Test
    void oneContactOfTwoThatGoesLeavesTheRegistration() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());
        Entry second = new Entry(BOB, true, List.of(toldContact("sip:bob@192.0.2.2", 60)), Set.of());
        assertThat(registrations.update(BOB, told(false, second))).isEqualTo(new Change(List.of(BOB), List.of()));
        assertThat(uris(BOB)).containsExactly("sip:bob@192.0.2.1", "sip:bob@192.0.2.2");

        Change change =
                registrations.update(BOB, told(false, new Entry(BOB, true, List.of(), Set.of("sip:bob@192.0.2.1"))));

        assertThat(change).isEqualTo(new Change(List.of(), List.of()));
        assertThat(uris(BOB)).containsExactly("sip:bob@192.0.2.2");
        Registration left = registrations.find(BOB).orElseThrow();
        assertThat(left.expiresAt()).isEqualTo(START.plusSeconds(600)); // as the REGISTER said
        assertThat(left.serviceInfo()).isEqualTo("profile");
    }

    @Test
    void activeRegistrationOfWhichNoContactIsToldStaysAsItIs() {
        registrations.renew(registration(BOB, 600), Set.of());
        registrations.update(BOB, told(true, new Entry(BOB, true, List.of(), Set.of())));
        registrations.update(BOB, told(false, new Entry(BOB, true, List.of(), Set.of("sip:bob@192.0.2.1"))));
        assertThat(registrations.isRegistered(BOB)).isTrue();

        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());
        registrations.update(BOB, told(true, new Entry(BOB, true, List.of(), Set.of())));
        assertThat(registrations.find(BOB)).hasValue(withContact("sip:bob@192.0.2.1"));
    }

    @Test
    void endOfARegistrationIsToldOnce() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());
        RegInfo gone = told(false, new Entry(BOB, false, List.of(), Set.of()));

        assertThat(registrations.update(BOB, gone).deregistered()).containsExactly(BOB);
        assertThat(registrations.update(BOB, gone)).isEqualTo(new Change(List.of(), List.of()));
    }

    @Test
    void fullStateTakesThePlaceOfTheContacts() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());

        registrations.update(
                BOB, told(true, new Entry(BOB, true, List.of(toldContact("sip:bob@192.0.2.2", 900)), Set.of())));

        assertThat(uris(BOB)).containsExactly("sip:bob@192.0.2.2");
        assertThat(registrations.expiry(BOB)).hasValue(START.plusSeconds(900));
    }

    @Test
    void whatARegisterToldAlreadyIsNoNews() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());
        Entry same = new Entry(BOB, true, List.of(toldContact("sip:bob@192.0.2.1", 600)), Set.of());

        assertThat(registrations.update(BOB, told(true, same))).isEqualTo(new Change(List.of(), List.of()));
        assertThat(registrations.find(BOB)).hasValue(withContact("sip:bob@192.0.2.1"));
    }

    @Test
    void contactsThatNoRegisterToldAreLearnedWithoutNews() {
        registrations.renew(registration(BOB, 600), Set.of());
        Entry entry = new Entry(BOB, true, List.of(toldContact("sip:bob@192.0.2.1", 600)), Set.of());

        assertThat(registrations.update(BOB, told(true, entry))).isEqualTo(new Change(List.of(), List.of()));
        assertThat(uris(BOB)).containsExactly("sip:bob@192.0.2.1");
    }

    @Test
    void userWhoIsToldToBeThereIsRegistered() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of());
        ToldContact untold = new ToldContact(new HeaderValue("sip:bob@192.0.2.1", Map.of()), OptionalLong.empty());

        Change change = registrations.update(
                BOB,
                told(
                        true,
                        new Entry(TEL, true, List.of(untold), Set.of()),
                        new Entry(ALICE, true, List.of(), Set.of())));

        assertThat(change).isEqualTo(new Change(List.of(TEL), List.of()));
        assertThat(registrations.expiry(TEL))
                .hasValue(START.plusSeconds(600)); // as he in whose name they are registered
        assertThat(registrations.isRegistered(ALICE)).isFalse(); // not without a contact
        assertThat(registrations.end(BOB, Set.of()).deregistered()).containsExactly(BOB, TEL);
    }

    @Test
    void temporaryGruuTellsItsUser() {
        ClientContact contact = new ClientContact(
                "sip:bob@192.0.2.1", null, Map.of("temp-gruu", "sip:tgruu.1@example.test;gr"), START.plusSeconds(600));
        TemporaryGruu gruu = TemporaryGruu.of("sips:tgruu.1@Example.test;gr").orElseThrow();
        registrations.renew(
                new Registration(TEL, START.plusSeconds(600), List.of(contact), null, null), Set.of(BOB, TEL));

        assertThat(registrations.ownerOf(gruu)).hasValue(TEL);
        assertThat(registrations.ownerOf(new TemporaryGruu("sip:tgruu.2@example.test")))
                .isEmpty();

        clock.advance(Duration.ofSeconds(600));
        assertThat(registrations.ownerOf(gruu)).isEmpty();
    }

    @Test
    void removesWhatHasRunOutWithItsContacts() {
        registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of(BOB, TEL));
        registrations.renew(registration(ALICE, 601), Set.of());
        clock.advance(Duration.ofSeconds(600));

        assertThat(registrations.removeExpired()).isEqualTo(2);
        assertThat(registrations.removeExpired()).isZero();
        assertThat(rows("registration")).isEqualTo(1);
        assertThat(rows("registration_contact")).isZero();
    }

    @Test
    void asksForNobody() {
        assertThat(registered()).isEmpty();
    }

    @Test
    void twoNodesMayRegisterTheSameUsersAtOnce() throws Exception {
        List<Registrations> nodes = List.of(registrations, new Registrations(database.entities(), clock));
        CyclicBarrier barrier = new CyclicBarrier(nodes.size());
        ExecutorService threads = Executors.newFixedThreadPool(nodes.size());
        try {
            List<Future<?>> done = new ArrayList<>();
            for (Registrations node : nodes) {
                done.add(threads.submit(() -> {
                    for (int i = 0; i < 30; i++) {
                        Aor user = new Aor("sip:user" + i + "@example.test");
                        Registration told = new Registration(
                                user, START.plusSeconds(600), List.of(contact("sip:u@192.0.2.1", 600)), null, null);
                        barrier.await(10, TimeUnit.SECONDS);
                        node.renew(told, Set.of(user, new Aor("tel:+49" + i)));
                    }
                    return null;
                }));
            }
            for (Future<?> node : done) {
                node.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(rows("registration")).isEqualTo(60);
        assertThat(rows("registration_contact")).isEqualTo(60);
    }

    @Test
    void failsWhenTheDatabaseFails() throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("drop table registration_contact");
        }

        assertThatExceptionOfType(PersistenceException.class)
                .isThrownBy(() -> registrations.renew(withContact("sip:bob@192.0.2.1"), Set.of()));
        assertThat(registrations.isRegistered(BOB)).isFalse();
    }

    @Test
    void contactHasFeatureUnlessItSaysFalse() {
        ClientContact contact = new ClientContact(
                "sip:bob@192.0.2.1", null, Map.ofEntries(entry("+g.oma.sip-im", ""), entry("video", "FALSE")), START);

        assertThat(contact.has("+g.oma.sip-im")).isTrue();
        assertThat(contact.has("video")).isFalse();
        assertThat(contact.has("audio")).isFalse();
    }

    private Registration registration(Aor user, int seconds) {
        return new Registration(user, clock.instant().plusSeconds(seconds), List.of(), null, null);
    }

    private static Registration withContact(String uri) {
        Instant expiresAt = START.plusSeconds(600);
        return new Registration(BOB, expiresAt, List.of(contact(uri, 600)), "profile", "OMA-client/1.0");
    }

    private static ClientContact contact(String uri, int seconds) {
        return new ClientContact(uri, null, Map.of("+g.oma.sip-im", ""), START.plusSeconds(seconds));
    }

    private static RegInfo told(boolean full, Entry... entries) {
        return new RegInfo(0, full, List.of(entries));
    }

    private static ToldContact toldContact(String uri, int seconds) {
        return new ToldContact(new HeaderValue(uri, Map.of()), OptionalLong.of(seconds));
    }

    private List<String> uris(Aor user) {
        return registrations.find(user).orElseThrow().contacts().stream()
                .map(ClientContact::uri)
                .toList();
    }

    private int rows(String table) {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("select count(*) from " + table)) {
            count.next();
            return count.getInt(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private List<Aor> registered(Aor... users) {
        return Stream.of(users).filter(registrations::isRegistered).toList();
    }
}
