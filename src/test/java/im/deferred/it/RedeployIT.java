package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Inbox;
import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.OutgoingCall;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.SipCore;
import im.deferred.lab.Trace;
import im.deferred.lab.User;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The application is undeployed and deployed anew in a container that goes on: nothing of it stays behind, and nothing is lost. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class RedeployIT {

    /** How often it is undeployed. */
    private static final int LIVES = Integer.getInteger("it.lives", 3);

    private static final int LIVES_ON_POSTGRESQL = 3;

    /** A container keeps the transactions of SIP for half a minute, and some of them for a whole one, and with them what they were for. */
    private static final Duration LAST_TRANSACTION = Duration.ofSeconds(100);

    /** The threads of the application and of its libraries. */
    private static final Pattern OWN_THREADS = Pattern.compile(
            "deferred-im-(worker|timer|lease)-.*|deferred-im:.*|message-.*|msrp-.*"
                    + "|(?i).*(netty|globalEventExecutor|hikari|hibernate|h2|mvstore|postgresql|CompletableFutureDelay).*");

    @TempDir
    private Path folder;

    private final List<User> users = new ArrayList<>();
    private Configured configured;
    private RunningContainer container;
    private SipCore core;
    private User alice;
    private User bob;

    @BeforeEach
    void configure() {
        configured = new Configured(folder.resolve("data")).set("push.idle", "PT0.2S");
    }

    private void start() throws IOException, InterruptedException {
        container = new RunningContainer(folder, configured);
        Clock clock = Clock.systemUTC();
        core = new SipCore(container.server().core(), new Trace(clock), clock)
                .as(container.server().sip());
        alice = user("alice");
        bob = user("bob");
    }

    private User user(String name) {
        User user = new User(core, "sip:" + name + "@example.test");
        users.add(user);
        return user;
    }

    @AfterEach
    void stop() {
        users.forEach(User::close);
        if (core != null) {
            core.close();
        }
        if (container != null) {
            container.close();
        }
    }

    @Test
    void leavesNothingBehindHoweverOftenItIsUndeployed() throws Exception {
        start();
        for (int life = 1; life <= LIVES; life++) {
            work(life);
            container.undeploy();
            assertNothingIsLeft();
            try (FileChannel file = FileChannel.open(
                            container.dataDir().resolve("deferred-im.mv.db"), StandardOpenOption.WRITE);
                    FileLock lock = file.tryLock()) {
                assertThat(lock).as("the database's file").isNotNull();
            }
            container.deploy();
        }
        undeployWithAPushUnderWay();
        assertNothingIsLeft();
        assertItsClassesGo();
    }

    @Test
    @EnabledIfSystemProperty(
            named = "it.container",
            matches = "open-liberty|restcomm-tomcat",
            disabledReason = "takes longer than it tells more")
    void leavesNoConnectionToPostgresqlBehind() throws Exception {
        try (EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().setPort(Configured.freePort()).start()) {
            configured
                    .set("database.url", postgres.getJdbcUrl("postgres", "postgres"))
                    .set("database.user", "postgres")
                    .set("database.password", "postgres");
            start();
            for (int life = 1; life <= LIVES_ON_POSTGRESQL; life++) {
                work(life);
                assertThat(connections(postgres)).isPositive();
                container.undeploy();
                assertNothingIsLeft();
                await(SOON, "connections", () -> connections(postgres), count -> count == 0);
                container.deploy();
            }
            undeployWithAPushUnderWay();
            assertItsClassesGo();
        }
    }

    /** But those of the one who asks. */
    private static long connections(EmbeddedPostgres postgres) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet counted =
                        statement.executeQuery("select count(*) from pg_stat_activity where client_addr is not null"
                                + " and pid <> pg_backend_pid()")) {
            counted.next();
            return counted.getLong(1);
        }
    }

    /** Messages come on all ways, go out, and are withdrawn; and somebody looks at the figures. */
    private void work(int life) {
        Rest rest = new Rest(container.server());
        defer(alice, bob, 1);
        Rest.id(rest.submit(alice.aor(), bob.aor(), "by HTTP"));
        OutgoingCall call = alice.invite(bob.aor()).call().awaitConnected(SOON);
        assertThat(call.send("in a session").awaitStatus(SOON)).isEqualTo(200);
        assertThat(call.hangUp().status()).isEqualTo(200);
        long withdrawn = Rest.id(rest.submit(alice.aor(), "sip:carol@example.test", "withdrawn"));
        assertThat(rest.send("DELETE", "messages/" + withdrawn, null).statusCode())
                .isEqualTo(204);
        bob.register();
        bob.awaitMessages(3 * life, SOON);
        bob.awaitBye(SOON);
        assertThat(container.server().figure("deferred_im_messages_pushed_total"))
                .isEqualTo(3);
        bob.deregister();
        core.awaitThirdPartyAnswers(SOON);
    }

    private void undeployWithAPushUnderWay() {
        int before = bob.messages().size();
        defer(alice, bob, 1);
        bob.msrp(MsrpBehaviour.answering().holding()).register();
        bob.awaitMessages(before + 1, SOON);
        container.undeploy();
    }

    private void assertNothingIsLeft() throws Exception {
        assertThat(container.process().beans("im.deferred:*")).isEmpty();
        for (String port : List.of("msrp.port", "msrp.tls-port")) {
            assertThat(Configured.isFreeForTcp(Integer.parseInt(configured.value(port))))
                    .as(port)
                    .isTrue();
        }
        await(SOON, "threads", this::ownThreads, List::isEmpty);
    }

    private List<String> ownThreads() {
        return container.process().threads().stream()
                .filter(OWN_THREADS.asMatchPredicate())
                .toList();
    }

    /**
     * An enum's constants live as long as its class, and each class loader has its own. The JDK holds on to one class loader that had to do
     * with records, until another one comes ({@code java.lang.runtime.ObjectMethods}); Open Liberty to the one that answered first on an
     * HTTP connection, as long as that is open.
     */
    private void assertItsClassesGo() throws Exception {
        int held = OpenLiberty.isChosen() ? 2 : 1;
        await(
                LAST_TRANSACTION,
                "class loaders",
                () -> container.process().objects("im.deferred.msrp.Role"::equals),
                loaders -> loaders.size() <= held);
    }

    /** Each message that was answered 202 comes once: what was under way, what came before, and what came meanwhile. */
    @Test
    void losesNothingAndDoublesNothingWhenItIsDrainedBefore() throws Exception {
        start();
        User carol = user("carol");
        User dave = user("dave");
        defer(alice, bob, 3);
        bob.msrp(MsrpBehaviour.answering().holding()).register();
        bob.awaitMessages(3, SOON);
        container.process().call(node(), "drain");
        assertThat(container.server().get("/health/ready").statusCode()).isEqualTo(503);
        assertThat(container.process().get(node(), "Drained")).isEqualTo(false);

        defer(alice, carol, 2);
        carol.register();
        core.awaitThirdPartyAnswers(SOON);
        bob.release();
        bob.awaitBye(SOON);
        await(SOON, "drained", () -> container.process().get(node(), "Drained"), drained -> drained.equals(true));
        assertThat(carol.calls().all()).isEmpty();

        OutgoingCall call = alice.invite(dave.aor()).call().awaitConnected(SOON);
        assertThat(call.send("in a session").awaitStatus(SOON)).isEqualTo(200);
        Writer writer = new Writer(dave);
        writer.accepted().await(5, SOON);
        container.undeploy();
        int before = writer.accepted().size();
        container.deploy();
        writer.accepted().await(before + 5, LAST_TRANSACTION); // what came when nobody was there may have no answer
        List<String> accepted = writer.end();

        assertThat(texts(carol.awaitMessages(2, SOON))).containsExactly(numbered(1, 2));
        carol.awaitBye(SOON);
        dave.register();
        List<ReceivedMessage> came = dave.awaitMessages(accepted.size() + 1, SOON);
        dave.awaitBye(SOON);
        assertThat(came).hasSize(accepted.size() + 1);
        assertThat(texts(came.subList(1, came.size()))).containsExactlyElementsOf(accepted);
        assertThat(new String(came.get(0).body(), UTF_8)).contains("\r\n\r\nin a session\r\n");
        assertThat(texts(bob.messages().all())).containsExactly(numbered(1, 3));
        assertThat(container.server().waiting()).isZero();
    }

    private ObjectName node() {
        return container.process().bean("im.deferred:type=Node");
    }

    /** Undeployed in the middle of a push, it says BYE, and sends again under the same Message-ID what was not confirmed. */
    @Test
    void finishesAfterwardsAPushInWhichItWasUndeployed() throws Exception {
        start();
        defer(alice, bob, 10);
        bob.msrp(MsrpBehaviour.answering().silentFrom(6)).register();
        List<ReceivedMessage> first = bob.awaitMessages(10, SOON);

        container.undeploy();
        bob.awaitBye(SOON);
        bob.msrp(MsrpBehaviour.answering());
        container.deploy();

        List<ReceivedMessage> all = bob.awaitMessages(15, SOON);
        bob.awaitBye(SOON);
        assertThat(all).hasSize(15);
        assertThat(texts(all.subList(10, 15))).containsExactly(numbered(6, 10));
        assertThat(all.subList(10, 15))
                .extracting(ReceivedMessage::messageId)
                .isEqualTo(first.subList(5, 10).stream()
                        .map(ReceivedMessage::messageId)
                        .toList());
        assertThat(container.server().waiting()).isZero();
    }

    /** Alice, who writes one message after the other to somebody, whatever the answers are. */
    private final class Writer {

        private final Inbox<String> accepted = new Inbox<>("messages answered 202", () -> "");
        private final CountDownLatch ending = new CountDownLatch(1);
        private final CompletableFuture<Void> end;

        Writer(User to) {
            end = CompletableFuture.runAsync(() -> write(to), runnable -> new Thread(runnable, "writer").start());
        }

        private void write(User to) {
            boolean refused = false;
            for (int i = 1; !isEnding(refused); i++) {
                String text = "message " + i;
                refused = alice.write(to.aor()).text(text).send().status() != 202;
                if (!refused) {
                    accepted.add(text);
                }
            }
        }

        /** Who was refused tries again in a moment. */
        private boolean isEnding(boolean refused) {
            try {
                return ending.await(refused ? 200 : 0, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
            }
        }

        /** What was answered 202 so far. */
        Inbox<String> accepted() {
            return accepted;
        }

        /** Ends it; all that was answered 202. */
        List<String> end() {
            ending.countDown();
            Writing.await(end);
            return accepted.all();
        }
    }

    private static <T> void await(Duration limit, String what, Callable<T> look, Predicate<T> wanted) throws Exception {
        long end = System.nanoTime() + limit.toNanos();
        T seen = look.call();
        while (!wanted.test(seen)) {
            assertThat(System.nanoTime()).as(what + ": " + seen).isLessThan(end);
            Thread.onSpinWait();
            seen = look.call();
        }
    }
}
