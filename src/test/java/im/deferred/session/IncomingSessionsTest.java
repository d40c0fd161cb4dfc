package im.deferred.session;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.Aor;
import im.deferred.core.ManualTimer;
import im.deferred.core.SipIpCore;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.registration.FakeSip;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which INVITE is answered how, before anything is sent. */
class IncomingSessionsTest {

    private static final String OFFER = """
            v=0
            m=message 7654 TCP/MSRP *
            a=path:msrp://127.0.0.1:7654/jshA7we;tcp
            a=accept-types:message/sip text/plain
            """;

    private final MsrpEndpoint msrp = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null);
    private final List<Aor> pulled = new ArrayList<>();
    private final List<MessagingSession> given = new ArrayList<>();
    private boolean endless = true;
    private boolean databaseFails;
    private final IncomingSessions sessions = sessions();
    private FakeInvite invite = new FakeInvite(OFFER);

    @AfterEach
    void close() {
        msrp.close();
    }

    private IncomingSessions sessions() {
        SipIpCore core = FakeSip.core(Set.of("127.0.0.1"), Set.of("example.test"))
                .withOwners(gruu -> Optional.of(new Aor("sip:bob@example.test"))
                        .filter(bob -> gruu.uri().equals("sip:tgruu.1@example.test")));
        LocalEnd.Source ends = new LocalEnd.Source() {
            @Override
            public CompletionStage<LocalEnd> toOffer() {
                throw new UnsupportedOperationException("nobody is invited here");
            }

            @Override
            public CompletionStage<LocalEnd> toAnswer(boolean secure) {
                return endless
                        ? CompletableFuture.completedStage(LocalEnd.at(msrp.offer(secure, "127.0.0.1", 2855)))
                        : CompletableFuture.failedStage(new IOException("the relay is down"));
            }
        };
        ManualTimer timer = new ManualTimer();
        return new IncomingSessions(
                core,
                new Sessions(core, msrp, ends, List.of(), timer, Duration.ofSeconds(1)),
                null,
                null,
                user -> {
                    if (databaseFails) {
                        throw new IllegalStateException("the database is gone");
                    }
                    return false;
                },
                null,
                timer,
                Runnable::run,
                Clock.systemUTC(),
                new IncomingSessions.Limits(
                        1000,
                        Duration.ofDays(1),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(1),
                        2,
                        8));
    }

    @Test
    void anAbsentUsersSessionIsTheServers() throws Exception {
        sessions.arrived(invite.request);

        FakeInvite.Sent ok = invite.next();
        assertThat(ok.what()).isEqualTo("200");
        assertThat(ok.sdp()).contains("a=accept-types:*\r\na=max-size:1000\r\na=recvonly\r\n");
        assertThat(sessions.live()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "sip:bob@elsewhere.test, 127.0.0.1, 404",
        "sip:bob@example.test, 127.0.0.2, 403",
        "sip:deferred@example.test, 127.0.0.1, 404",
        "sip:deferred@elsewhere.test, 127.0.0.1, 404",
        "sip:tgruu.2@example.test;gr, 127.0.0.1, 404"
    })
    void whoIsWrongIsRefused(String to, String from, String status) throws Exception {
        sessions.arrived(invite.to(to).from(from).request);

        assertThat(invite.next().what()).isEqualTo(status);
        assertThat(sessions.live()).isZero();
    }

    @Test
    void aTemporaryGruuIsOfItsUser() throws Exception {
        sessions.arrived(invite.to("sip:tgruu.1@example.test;gr").request);

        assertThat(invite.next().what()).isEqualTo("200");
    }

    @Test
    void aDatabaseThatFailsIs503() throws Exception {
        databaseFails = true;

        sessions.arrived(invite.request);

        FakeInvite.Sent refused = invite.next();
        assertThat(refused.what()).isEqualTo("503");
        assertThat(refused.headers()).containsKey("Retry-After");
        assertThat(sessions.live()).isZero();
    }

    @Test
    void aServerWithoutAnEndIs503() throws Exception {
        endless = false;

        sessions.arrived(invite.request);

        assertThat(invite.next().what()).isEqualTo("503");
        assertThat(sessions.live()).isZero();
    }

    @Test
    void thereAreOnlySoManySessions() throws Exception {
        for (int i = 0; i < 2; i++) {
            FakeInvite other = new FakeInvite(OFFER);
            sessions.arrived(other.request);
            assertThat(other.next().what()).isEqualTo("200");
        }

        sessions.arrived(invite.request);

        FakeInvite.Sent refused = invite.next();
        assertThat(refused.what()).isEqualTo("503");
        assertThat(refused.headers()).containsEntry("Retry-After", "5");
    }

    @Test
    void theyEndWhenTheServerStops() throws Exception {
        sessions.arrived(invite.request);
        assertThat(invite.next().what()).isEqualTo("200");
        DialogSession session = DialogSession.of(invite.session).orElseThrow();
        session.acknowledged();

        CompletableFuture<Void> closing = CompletableFuture.runAsync(sessions::close);

        assertThat(invite.next().what()).isEqualTo("BYE");
        session.byeAnswered(invite.answer("BYE", 200, Map.of()));
        closing.get(10, TimeUnit.SECONDS);
        assertThat(sessions.live()).isZero();
    }

    @Test
    void aUserWhoFetchesGetsASessionInWhichTheServerSends() throws Exception {
        sessions.pulledBy(this::pulled);
        invite.to("sip:deferred@example.test").header("P-Asserted-Identity", "sip:carol@example.test");

        sessions.arrived(invite.request);

        FakeInvite.Sent ok = invite.next();
        assertThat(ok.what()).isEqualTo("200");
        assertThat(ok.sdp()).contains("a=accept-types:message/sip text/plain\r\na=sendonly\r\n");
        assertThat(pulled).containsExactly(new Aor("sip:carol@example.test"));
        assertThat(given.get(0).accepts("message/sip")).isTrue();
        assertThat(given.get(0).accepts("message/cpim")).isFalse();
        assertThat(given.get(0).established()).isNotDone();
    }

    @ParameterizedTest
    @CsvSource({
        "'tel:+49-30, sip:carol@example.test', sip:carol@example.test",
        "'sip:carol@elsewhere.test, tel:+49-30', tel:+4930",
        "'sip:carol@example.test, sip:dave@example.test', sip:carol@example.test"
    })
    void ofSeveralIdentitiesTheOneOfAServedDomainFetches(String asserted, String user) throws Exception {
        sessions.pulledBy(this::pulled);
        invite.to("sip:deferred@example.test").header("P-Asserted-Identity", asserted);

        sessions.arrived(invite.request);

        assertThat(pulled).containsExactly(new Aor(user));
    }

    @Test
    void whoIsNotAssertedFetchesNothing() throws Exception {
        sessions.pulledBy(this::pulled);

        sessions.arrived(invite.to("sip:deferred@example.test").request);

        assertThat(invite.next().what()).isEqualTo("403");
        assertThat(pulled).isEmpty();
    }

    @Test
    void strangersFetchNothing() throws Exception {
        sessions.pulledBy(this::pulled);
        invite.to("sip:deferred@example.test").header("P-Asserted-Identity", "sip:carol@elsewhere.test");

        sessions.arrived(invite.request);

        assertThat(invite.next().what()).isEqualTo("403");
        assertThat(pulled).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sendonly", "inactive"})
    void whoDoesNotReceiveFetchesNothing(String direction) throws Exception {
        sessions.pulledBy(this::pulled);
        invite = new FakeInvite(OFFER + "a=" + direction + "\n")
                .to("sip:deferred@example.test")
                .header("P-Asserted-Identity", "sip:carol@example.test");

        sessions.arrived(invite.request);

        assertThat(invite.next().what()).isEqualTo("488");
        assertThat(pulled).isEmpty();
    }

    private void pulled(Aor user, MessagingSession session) {
        pulled.add(user);
        given.add(session);
    }
}
