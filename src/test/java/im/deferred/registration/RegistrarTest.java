package im.deferred.registration;

import static im.deferred.core.TestClock.START;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import im.deferred.core.TestClock;
import im.deferred.registration.FakeSip.Register;
import im.deferred.registration.FakeSip.Sent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistrarTest {

    private static final Aor BOB = new Aor("sip:bob@example.test");
    private static final Aor TEL = new Aor("tel:+491234");

    private static final String OK_OF_CLIENT = """
            SIP/2.0 200 OK\r
            CSeq: 1 REGISTER\r
            Contact: <sip:bob@192.0.2.1>;+g.oma.sip-im;expires=60\r
            P-Associated-URI: <sip:bob@example.test>, <tel:+491234>, <sip:bob@elsewhere.test>\r
            \r
            """;

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final Registrations registrations = new Registrations(database.entities(), clock);
    private final Registrar registrar =
            new Registrar(FakeSip.core(Set.of("127.0.0.0/8"), Set.of("example.test")), registrations, clock);
    private final List<String> told = new ArrayList<>();
    private final Register register = new Register();

    @BeforeEach
    void listen() {
        registrar.listen(new RegistrationListener() {
            @Override
            public void registered(Aor user) {
                told.add("registered " + user + " after " + register.sent.size() + " answers");
            }

            @Override
            public void deregistered(Aor user) {
                told.add("deregistered " + user + " after " + register.sent.size() + " answers");
            }
        });
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void registrationIsStoredThenAnsweredThenTold() throws IOException {
        registrar.take(register.header("Expires", "60").request());

        assertThat(registrations.find(BOB))
                .hasValue(new Registration(BOB, START.plusSeconds(60), List.of(), null, null));
        assertThat(register.sent).containsExactly(new Sent(200, null, Map.of("Expires", "60")));
        assertThat(told).containsExactly("registered sip:bob@example.test after 1 answers");
    }

    @Test
    void everyServedUserOfTheImplicitSetIsRegistered() throws IOException {
        registrar.take(register.header("Expires", "60")
                .body("message/sip", OK_OF_CLIENT)
                .request());

        assertThat(told)
                .containsExactly(
                        "registered sip:bob@example.test after 1 answers", "registered tel:+491234 after 1 answers");
        assertThat(registrations.find(TEL).orElseThrow().contacts())
                .extracting(ClientContact::uri)
                .containsExactly("sip:bob@192.0.2.1");
        assertThat(registrations.isRegistered(new Aor("sip:bob@elsewhere.test")))
                .isFalse();
    }

    @Test
    void expiresZeroEndsTheRegistrationOfTheSet() throws IOException {
        registrar.take(new Register()
                .header("Expires", "60")
                .body("message/sip", OK_OF_CLIENT)
                .request());
        told.clear();

        registrar.take(register.header("Expires", "0").request());

        assertThat(register.sent).containsExactly(new Sent(200, null, Map.of("Expires", "0")));
        assertThat(registered(BOB, TEL)).isEmpty();
        assertThat(told)
                .containsExactly(
                        "deregistered sip:bob@example.test after 0 answers",
                        "deregistered tel:+491234 after 0 answers");
    }

    @Test
    void expiresZeroOfNobodyIsAnsweredAndNotTold() throws IOException {
        registrar.take(register.header("Expires", "0").request());

        assertThat(register.sent).extracting(Sent::status).containsExactly(200);
        assertThat(told).isEmpty();
    }

    @Test
    void chargingVectorIsAnswered() throws IOException {
        registrar.take(register.header("Expires", "60")
                .header("P-Charging-Vector", "icid-value=1234;orig-ioi=home.test")
                .request());

        assertThat(register.sent.get(0).headers())
                .containsEntry("P-Charging-Vector", "icid-value=1234;orig-ioi=home.test");
    }

    @ParameterizedTest
    @CsvSource({
        "60, , 60",
        "60, 30, 60",
        "0, 30, 0",
        ", 30, 30",
        ", 0, 0",
        "' 60 ', , 60",
        "000000000000060, , 60",
        "4294967296, , 4294967295",
        "99999999999999999999, , 4294967295",
    })
    void takesTheExpiresHeaderThenTheContacts(String header, String parameter, String taken) throws IOException {
        if (header != null) {
            register.header("Expires", header);
        }
        registrar.take(register.contact(parameter).request());

        assertThat(register.sent).containsExactly(new Sent(200, null, Map.of("Expires", taken)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-1", "", "1.5", "0x10", "60 s"})
    void expiresThatIsNoNumberIs400(String expires) throws IOException {
        registrar.take(register.header("Expires", expires).request());

        assertThatRefused(400, "Expires Is Not A Number");
    }

    @Test
    void neitherExpiresNorContactIs400() throws IOException {
        registrar.take(register.request());

        assertThatRefused(400, "No Expires");
    }

    @Test
    void contactWithoutExpiresIs400() throws IOException {
        registrar.take(register.contact(null).request());

        assertThatRefused(400, "No Expires");
    }

    @Test
    void contactWithExpiresThatIsNoNumberIs400() throws IOException {
        registrar.take(register.contact("x").request());

        assertThatRefused(400, "Expires Is Not A Number");
    }

    @Test
    void malformedContactIs400() throws IOException {
        registrar.take(register.malformedContact().request());

        assertThatRefused(400, "Malformed Contact");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sip:example.test", "mailto:bob@example.test", "tel:x"})
    void toThatNamesNoUserIs400(String uri) throws IOException {
        registrar.take(register.to(uri).header("Expires", "60").request());

        assertThatRefused(400, "To Names No User");
    }

    @Test
    void multipartWithoutBoundaryIs400() throws IOException {
        registrar.take(register.header("Expires", "60")
                .body("multipart/mixed", "--x\r\n\r\n--x--\r\n")
                .request());

        assertThatRefused(400, "Multipart Body Without Boundary");
    }

    @Test
    void multipartCutShortIs400() throws IOException {
        registrar.take(register.header("Expires", "60")
                .body("multipart/mixed;boundary=x", "--x\r\nContent-Type: message/sip\r\n\r\nSIP/2.0")
                .request());

        assertThatRefused(400, "Malformed Multipart Body");
    }

    @Test
    void bodyThatIsNotUnderstoodCostsNoRegistration() throws IOException {
        registrar.take(
                register.header("Expires", "60").body("message/sip", "nonsense").request());

        assertThat(register.sent).extracting(Sent::status).containsExactly(200);
        assertThat(registrations.isRegistered(BOB)).isTrue();
    }

    @Test
    void strangerIs403() throws IOException {
        registrar.take(register.from("192.0.2.66").header("Expires", "60").request());

        assertThatRefused(403, "Not From The Core");
    }

    @Test
    void strangerIs403BeforeAnythingIsRead() throws IOException {
        registrar.take(register.from("192.0.2.66").to("sip:nobody").request());

        assertThatRefused(403, "Not From The Core");
    }

    @Test
    void unknownDomainIs404() throws IOException {
        registrar.take(
                register.to("sip:bob@elsewhere.test").header("Expires", "60").request());

        assertThatRefused(404, "Unknown Domain");
    }

    @Test
    void databaseThatFailsIs503AndNobodyIsTold() throws Exception {
        try (var connection = database.dataSource().getConnection();
                var statement = connection.createStatement()) {
            statement.execute("drop table registration cascade");
        }

        registrar.take(register.header("Expires", "60").request());

        assertThat(register.sent).containsExactly(new Sent(503, null, Map.of("Retry-After", "5")));
        assertThat(told).isEmpty();
    }

    @Test
    void answerThatIsLostLeavesTheUserRegistered() throws IOException {
        registrar.take(register.header("Expires", "60").failingToSend().request());

        assertThat(registrations.isRegistered(BOB)).isTrue();
        assertThat(told).containsExactly("registered sip:bob@example.test after 0 answers");
    }

    @Test
    void listenerThatFailsCostsTheOthersNothing() throws IOException {
        List<Aor> others = new ArrayList<>();
        registrar.listen(new RegistrationListener() {
            @Override
            public void registered(Aor user) {
                throw new IllegalStateException("no push today");
            }

            @Override
            public void deregistered(Aor user) {
                throw new IllegalStateException("no push today");
            }
        });
        registrar.listen(new RegistrationListener() {
            @Override
            public void registered(Aor user) {
                others.add(user);
            }

            @Override
            public void deregistered(Aor user) {
                others.remove(user);
            }
        });

        registrar.take(register.header("Expires", "60").request());

        assertThat(others).containsExactly(BOB);
        assertThat(register.sent).hasSize(1);
    }

    private void assertThatRefused(int status, String reason) {
        assertThat(register.sent).containsExactly(new Sent(status, reason, Map.of()));
        assertThat(told).isEmpty();
        assertThat(registrations.isRegistered(BOB)).isFalse();
    }

    private List<Aor> registered(Aor... users) {
        return Stream.of(users).filter(registrations::isRegistered).toList();
    }
}
