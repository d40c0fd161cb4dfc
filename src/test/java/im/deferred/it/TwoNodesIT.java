package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import im.deferred.lab.InviteAnswer;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.SipCore;
import im.deferred.lab.Trace;
import im.deferred.lab.User;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes of the server on one PostgreSQL: any of them may be told of a registration, and what one leaves the other sends. */
class TwoNodesIT {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int WINDOW = 8;
    private static final int COUNT = 200;

    @TempDir
    private Path directory;

    private EmbeddedPostgres postgres;
    private ServerProcess a;
    private ServerProcess b;
    private SipCore core;
    private User alice;
    private User bob;

    @BeforeEach
    void start() throws IOException {
        postgres = EmbeddedPostgres.builder().setPort(Configured.freePort()).start();
        Configured one = configured("a");
        a = new ServerProcess(one).start();
        b = new ServerProcess(configured("b").set("core.uri", one.value("core.uri"))).start();
        Clock clock = Clock.systemUTC();
        core = new SipCore(a.server().core(), new Trace(clock), clock)
                .as(b.server().sip())
                .as(a.server().sip());
        alice = new User(core, "sip:alice@example.test");
        bob = new User(core, "sip:bob@example.test");
    }

    private Configured configured(String name) {
        return new Configured(directory.resolve(name))
                .set("node.name", name)
                .set("node.lease", "PT6S")
                .set("push.idle", "PT0.3S")
                .set("push.window", Integer.toString(WINDOW))
                .set("database.url", "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres")
                .set("database.user", "postgres")
                .set("database.password", "postgres");
    }

    @AfterEach
    void stop() throws IOException {
        alice.close();
        bob.close();
        core.close();
        b.close();
        a.close();
        postgres.close();
    }

    @Test
    void whatOneNodeTookAnotherPushesInOrder() {
        defer(alice, bob, 3);
        core.as(b.server().sip());
        defer(alice.write(bob.aor()).text("message 4"));

        bob.register();

        assertThat(texts(bob.awaitMessages(4, SOON))).containsExactly(numbered(1, 4));
        bob.awaitBye(SOON);
        assertThat(a.server().waiting()).isZero();
        assertThat(core.trace().problems()).isEmpty();
    }

    @Test
    void registeredAtBothIsInvitedOnce() {
        defer(alice, bob, 3);
        bob.msrp(MsrpBehaviour.answering().holding()).register();
        bob.awaitMessages(3, SOON);

        core.as(b.server().sip());
        bob.register();
        awaitThatOneAsksTheOther();

        assertThat(bob.calls().all()).hasSize(1);
        bob.release();
        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly(numbered(1, 3));
    }

    /** A node that finds a recipient claimed by another says in the database that it has been here. */
    private void awaitThatOneAsksTheOther() {
        assertTimeoutPreemptively(SOON, () -> {
            while (!isSomethingAsked()) {
                Thread.onSpinWait();
            }
        });
    }

    private boolean isSomethingAsked() throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet asked = statement.executeQuery("select 1 from claim where asked is not null")) {
            return asked.next();
        }
    }

    /** Nothing that was answered 202 is lost; what comes twice was unanswered at the kill, or answered in its last moment. */
    @Test
    void whatAKilledNodeLeftAnotherSendsWithoutANewRegistration() {
        int answered = 60;
        defer(alice, bob, COUNT);
        bob.msrp(MsrpBehaviour.answering().silentFrom(answered + 1)).register();
        bob.awaitMessages(answered + WINDOW, MINUTE);

        bob.msrp(MsrpBehaviour.answering()); // what comes: nothing does as long as a window is unanswered
        a.kill();

        bob.awaitMessages(COUNT + WINDOW, MINUTE);
        bob.awaitBye(MINUTE);
        Map<String, ReceivedMessage> first = new LinkedHashMap<>();
        bob.messages().all().forEach(message -> first.putIfAbsent(message.messageId(), message));
        assertThat(texts(List.copyOf(first.values()))).containsExactly(numbered(1, COUNT));
        assertThat(bob.messages().all()).hasSizeLessThanOrEqualTo(COUNT + 2 * WINDOW);
        assertThat(b.server().waiting()).isZero();
    }

    @Test
    void whatANodeLeavesThatStopsAnotherSends() {
        defer(alice, bob, 3);
        bob.answerWith(InviteAnswer.refuse(480), InviteAnswer.accept()).register();
        bob.awaitCall(SOON);

        a.stop(); // it would try again in ten seconds

        assertThat(texts(bob.awaitMessages(3, SOON))).containsExactly(numbered(1, 3));
        bob.awaitBye(SOON);
        assertThat(b.server().waiting()).isZero();
    }
}
