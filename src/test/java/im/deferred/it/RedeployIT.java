package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.MsrpBehaviour;
import im.deferred.lab.OutgoingCall;
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
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The application is undeployed and deployed anew in a container that goes on: nothing of it stays behind, and nothing is lost. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RedeployIT {

    /** How often it is undeployed. */
    private static final int LIVES = Integer.getInteger("it.lives", 3);

    private static final int LIVES_ON_POSTGRESQL = 3;

    /** A container keeps the transactions of SIP for half a minute, and some of them for a whole one, and with them what they were for. */
    private static final Duration LAST_TRANSACTION = Duration.ofSeconds(100);

    /** The threads of the application and of its libraries. */
    private static final Pattern OWN_THREADS = Pattern.compile(
            "deferred-im-(worker|timer)-.*|deferred-im:.*|message-.*|msrp-.*"
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
    void leavesNoConnectionToPostgresqlBehind() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start()) {
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
     * with records, until the next one comes ({@code java.lang.runtime.ObjectMethods}).
     */
    private void assertItsClassesGo() throws Exception {
        await(
                LAST_TRANSACTION,
                "class loaders",
                () -> container.process().objects("im.deferred.msrp.Role"::equals),
                loaders -> loaders.size() <= 1);
    }

    private <T> void await(Duration limit, String what, Callable<T> look, Predicate<T> wanted) throws Exception {
        long end = System.nanoTime() + limit.toNanos();
        T seen = look.call();
        while (!wanted.test(seen)) {
            if (System.nanoTime() >= end)
                container
                        .process()
                        .dumpHeap("/tmp/redeploy-tools/heap-" + System.getProperty("it.container", "embedded")
                                + ".hprof");
            assertThat(System.nanoTime()).as(what + ": " + seen).isLessThan(end);
            Thread.onSpinWait();
            seen = look.call();
        }
    }
}
