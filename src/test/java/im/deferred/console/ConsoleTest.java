package im.deferred.console;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.message;
import static im.deferred.registration.FakeSip.core;
import static im.deferred.registration.FakeSip.fake;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.message.Inventory;
import im.deferred.message.MessageStore;
import im.deferred.message.Messages;
import im.deferred.node.Nodes;
import im.deferred.push.PushLimits;
import im.deferred.push.Pushes;
import im.deferred.registration.Registration;
import im.deferred.registration.Registrations;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import javax.servlet.ServletConfig;
import javax.servlet.ServletContext;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What operators and their tools see over HTTP. */
class ConsoleTest {

    private record Answer(int status, String type, String text) {}

    private final Map<String, Object> context = new HashMap<>();
    private final TestDatabase database = new TestDatabase();
    private final Clock clock = Clock.fixed(Messages.NOW, ZoneOffset.UTC);
    private final ScheduledExecutorService threads = Executors.newSingleThreadScheduledExecutor();
    private final MessageStore store =
            new MessageStore(database.entities(), clock, MessageStore.Limits.of(10, 10 << 20));
    private final Registrations registrations = new Registrations(database.entities(), clock);

    private Metrics metrics;
    private String peer = "127.0.0.1";
    private String role = "operator";

    @AfterEach
    void close() {
        Optional.ofNullable(metrics).ifPresent(Metrics::close);
        threads.shutdownNow();
        store.close();
        database.close();
    }

    @Test
    void untilTheServerIsStartedOnlyItsLifeIsSure() throws Exception {
        assertThat(get(new HealthServlet(), "/health", "/live").status()).isEqualTo(200);
        Answer ready = get(new HealthServlet(), "/health", "/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.text()).isEqualToIgnoringNewLines("not started");
        assertThat(get(new MetricsServlet(), "/metrics", null).status()).isEqualTo(503);
        assertThat(get(new ConsoleServlet(), "/", null).status()).isEqualTo(503);
    }

    @Test
    void readinessSaysWhatIsWrong() throws Exception {
        context.put(Readiness.class.getName(), (Readiness) Optional::empty);
        assertThat(get(new HealthServlet(), "/health", "/ready"))
                .isEqualTo(new Answer(200, "text/plain;charset=UTF-8", "ok" + System.lineSeparator()));

        context.put(Readiness.class.getName(), (Readiness) () -> Optional.of("the database does not answer"));
        Answer ready = get(new HealthServlet(), "/health", "/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.text()).isEqualToIgnoringNewLines("the database does not answer");
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        assertThat(get(new HealthServlet(), "/health", "/well").status()).isEqualTo(404);
        assertThat(get(new HealthServlet(), "/health", null).status()).isEqualTo(404);
        assertThat(get(new ConsoleServlet(), "/index.php", null).status()).isEqualTo(404);
    }

    @Test
    void thePageCountsAndTellsNobodysName() throws Exception {
        start();

        Answer page = get(new ConsoleServlet(), "/", null);

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.type()).isEqualTo("text/html;charset=UTF-8");
        assertThat(page.text())
                .contains(
                        "<p>Ready.</p>",
                        "<th>Messages waiting</th><td>2</td>",
                        "<th>Users registered</th><td>1</td>",
                        "<th>Pushes live on this node</th><td>0</td>")
                .doesNotContain("bob", "Hello");
    }

    @Test
    void thePageShowsHeldMessagesAndWhyToThoseWhoMayKnow() throws Exception {
        start();
        hold("the client takes <none> of \"it\"");

        Answer page = get(new ConsoleServlet(), "/", null);

        assertThat(page.text())
                .contains(
                        "<h2>Held messages</h2>",
                        "<td>2026-11-22T08:05:03Z</td><td>sip:bob@example.test</td><td>sip:alice@example.test</td>",
                        "<td>text/plain, 5 octets</td><td>the client takes &lt;none&gt; of &quot;it&quot;</td>",
                        "<form method=\"post\" action=\"api/v1/messages/1/release\">",
                        "<a href=\"api/v1/openapi.json\">")
                .doesNotContain("Hello", "<none>");
    }

    @Test
    void onlyOperatorsMayReleaseThem() throws Exception {
        start();
        hold("why");
        role = "viewer";

        Answer page = get(new ConsoleServlet(), "/", null);

        assertThat(page.text()).contains("sip:bob@example.test", "why").doesNotContain("<form", "release");
    }

    @Test
    void thePageNamesNobodyToOthers() throws Exception {
        start();
        hold("why");
        peer = "192.0.2.1";

        Answer page = get(new ConsoleServlet(), "/", null);

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.text()).contains("in no form</th><td>1</td>").doesNotContain("bob", "alice", "why");
    }

    private void hold(String reason) {
        long id = store.waiting(BOB, 0, 1).get(0).id();
        await(store.hold(id, reason));
    }

    @Test
    void theFiguresAreThoseOfPrometheus() throws Exception {
        start();

        Answer figures = get(new MetricsServlet(), "/metrics", null);

        assertThat(figures.type()).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
        assertThat(figures.text().lines())
                .contains(
                        "deferred_im_messages_waiting 2.0",
                        "deferred_im_registrations 1.0",
                        "deferred_im_pushes_live 0.0",
                        "deferred_im_messages_pushed_total 0.0",
                        "deferred_im_messages_paged_total 0.0",
                        "deferred_im_messages_refused_total 0.0",
                        "deferred_im_sessions_live 3.0",
                        "deferred_im_subscriptions_live 4.0")
                .anyMatch(line -> line.startsWith("jvm_memory_used_bytes"));
    }

    /** A server with a user who is registered and does not want the two messages yet. */
    private void start() {
        await(store.store(message(BOB, "a")));
        await(store.store(message(BOB, "b")));
        registrations.renew(new Registration(BOB, Messages.NOW.plusSeconds(60), List.of(), null, null), Set.of());
        Pushes pushes = new Pushes(
                registrations,
                new UserSettings(database.entities(), DeliverySetting.HOLD, false),
                store,
                Nodes.alone(database.entities()),
                (user, types, oneAtATime) -> {
                    throw new IllegalStateException("nobody is invited");
                },
                message -> {
                    throw new IllegalStateException("nobody is written to");
                },
                user -> false,
                new PushLimits(Duration.ofSeconds(5), 8, 500),
                Duration.ofSeconds(10),
                Duration.ofMinutes(30),
                () -> 0,
                Clock.systemUTC(),
                threads,
                threads);
        context.put(Readiness.class.getName(), (Readiness) Optional::empty);
        metrics = new Metrics(store, registrations, pushes, () -> 3, () -> 4);
        List.of(
                        store,
                        registrations,
                        pushes,
                        metrics,
                        new Inventory(database.entities(), clock),
                        core(Set.of("127.0.0.1"), Set.of("example.test")))
                .forEach(part -> context.put(part.getClass().getName(), part));
    }

    private Answer get(HttpServlet servlet, String servletPath, String pathInfo) throws Exception {
        ServletContext servletContext =
                fake(ServletContext.class, Map.of("getAttribute", name -> context.get(name[0])));
        servlet.init(fake(ServletConfig.class, Map.of("getServletContext", none -> servletContext)));
        int[] status = {200};
        String[] type = new String[1];
        StringWriter text = new StringWriter();
        PrintWriter writer = new PrintWriter(text);
        servlet.service(
                fake(
                        HttpServletRequest.class,
                        Map.of(
                                "getMethod", none -> "GET",
                                "getRemoteAddr", none -> peer,
                                "isUserInRole", asked -> role.equals(asked[0]),
                                "getServletPath", none -> servletPath,
                                "getPathInfo", none -> pathInfo)),
                fake(
                        HttpServletResponse.class,
                        Map.of(
                                "setStatus", code -> status[0] = (int) code[0],
                                "sendError", code -> status[0] = (int) code[0],
                                "setContentType", given -> type[0] = (String) given[0],
                                "setHeader", header -> null,
                                "getWriter", none -> writer)));
        return new Answer(status[0], type[0], text.toString());
    }
}
