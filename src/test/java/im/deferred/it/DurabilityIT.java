package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.it.UnreliableDatabase.Failing;
import im.deferred.lab.MsrpSent;
import im.deferred.lab.OutgoingCall;
import im.deferred.lab.Sent;
import im.deferred.lab.SipMessage;
import im.deferred.lab.User;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** 202 says that a message is kept, and nothing else says so: the deployed server on a database that fails when it is told to. */
@ExtendWith(ArquillianExtension.class)
@EmbeddedOnly("the database that fails is in the JVM of the tests")
class DurabilityIT {

    private static final Duration A_MOMENT = Duration.ofMillis(300);

    @RegisterExtension
    static final Scene scene = new Scene();

    private static UnreliableDatabase database;

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        database = new UnreliableDatabase("durability");
        Naming.bind("jdbc/unreliable", database);
        return PackagedWar.with("push.idle=PT0.3S", "database.jndi=jdbc/unreliable");
    }

    @AfterAll
    static void unbind() {
        Naming.unbind("jdbc/unreliable");
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @AfterEach
    void works() {
        database.fail(Failing.NOTHING);
    }

    @Test
    void answers202AfterTheCommit() {
        database.holdCommits();
        CompletableFuture<Sent> sent = alice.write(bob.aor()).text("hello").start();

        database.awaitHeldCommit(SOON);
        assertThat(sent.copy().completeOnTimeout(null, A_MOMENT.toMillis(), TimeUnit.MILLISECONDS))
                .as("the answer while the commit takes its time")
                .succeedsWithin(SOON)
                .isNull();

        database.releaseCommits();
        assertThat(Writing.await(sent).status()).isEqualTo(202);
        bob.register();
        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("hello");
    }

    @Test
    void answersASend200AfterTheCommit() {
        OutgoingCall call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        database.holdCommits();
        MsrpSent sent = call.send("hello");

        database.awaitHeldCommit(SOON);
        assertThat(sent.statuses().find(status -> true, A_MOMENT))
                .as("the answer while the commit takes its time")
                .isEmpty();

        database.releaseCommits();
        assertThat(sent.awaitStatus(SOON)).isEqualTo(200);
        assertThat(call.hangUp().status()).isEqualTo(200);
        bob.register();
        assertThat(new String(bob.awaitMessages(1, SOON).get(0).body(), UTF_8)).contains("\r\n\r\nhello\r\n");
    }

    @ParameterizedTest
    @EnumSource(names = {"COMMIT", "CONNECT", "INSERT"})
    void answersASend408AndStoresNothingWhenTheDatabaseFails(Failing failing) {
        OutgoingCall call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        long rows = database.rows("message");

        database.fail(failing);
        assertThat(call.send("lost").awaitStatus(SOON)).isEqualTo(408);
        database.fail(Failing.NOTHING);

        assertThat(database.rows("message")).isEqualTo(rows);
        assertThat(call.send("after").awaitStatus(SOON)).isEqualTo(200);
        assertThat(call.hangUp().status()).isEqualTo(200);
        bob.register();
        bob.awaitBye(SOON);
        assertThat(bob.messages().all())
                .singleElement()
                .satisfies(
                        message -> assertThat(new String(message.body(), UTF_8)).contains("\r\n\r\nafter\r\n"));
    }

    @Test
    void answers503ToAnInviteOfWhichItCannotTellWhereItGoes() {
        database.fail(Failing.CONNECT);

        SipMessage refused = alice.invite(bob.aor()).call().awaitAnswer(SOON);

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.need("Retry-After")).isEqualTo("5");
    }

    @ParameterizedTest
    @EnumSource(names = {"COMMIT", "CONNECT", "INSERT"})
    void answers500AndStoresNothingWhenTheDatabaseFails(Failing failing) {
        defer(alice.write(bob.aor()).text("before"));
        long rows = database.rows("message");

        database.fail(failing);
        assertThat(alice.write(bob.aor()).text("lost").send().status()).isBetween(500, 599);
        database.fail(Failing.NOTHING);

        assertThat(database.rows("message")).isEqualTo(rows);
        defer(alice.write(bob.aor()).text("after"));
        bob.register();
        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly("before", "after");
    }

    /** The message may be there all the same, since only forcing it to the disk failed: rather twice than never. */
    @Test
    void answers500WhenTheCommitCannotBeForcedToTheDisk() {
        database.fail(Failing.SYNC);

        assertThat(alice.write(bob.aor()).text("perhaps").send().status()).isBetween(500, 599);
    }

    @Test
    void answers503ToARegisterThatCannotBeKept() {
        database.fail(Failing.COMMIT);
        assertThat(scene.core().tellRegistered(bob.aor(), 60).status()).isEqualTo(503);

        database.fail(Failing.NOTHING);
        defer(alice.write(bob.aor()).text("not registered by that"));
    }

    @Test
    void saysThatItIsNotReadyWithoutItsDatabase() {
        assertThat(scene.server().get("/health/ready").statusCode()).isEqualTo(200);

        database.fail(Failing.CONNECT);
        assertThat(scene.server().get("/health/ready").statusCode()).isEqualTo(503);
        assertThat(scene.server().get("/health/live").statusCode()).isEqualTo(200);

        database.fail(Failing.NOTHING);
        assertThat(scene.server().get("/health/ready").statusCode()).isEqualTo(200);
    }

    /** A message that Bob confirmed and that could not be deleted comes again rather than that another is lost. */
    @Test
    void keepsWhatItCouldNotDelete() {
        defer(alice.write(bob.aor()).text("hello"));
        database.fail(Failing.DELETE);
        bob.register();
        bob.awaitMessages(1, SOON);
        bob.awaitBye(SOON);

        database.fail(Failing.NOTHING);
        bob.register();
        var messages = bob.awaitMessages(2, SOON);
        assertThat(messages.get(1).messageId()).isEqualTo(messages.get(0).messageId());
    }
}
