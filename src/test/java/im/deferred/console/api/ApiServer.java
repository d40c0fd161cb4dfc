package im.deferred.console.api;

import static im.deferred.message.Messages.await;
import static im.deferred.registration.FakeSip.core;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import im.deferred.console.Readiness;
import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.core.TestClock;
import im.deferred.message.DeferredMessage;
import im.deferred.message.Inventory;
import im.deferred.message.MessageStore;
import im.deferred.message.Messages;
import im.deferred.message.Outlet;
import im.deferred.message.Spools;
import im.deferred.message.Submissions;
import im.deferred.registration.Registrations;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The REST interface over HTTP, on a database in memory; nobody is pushed to. Every answer is held against the API's document. */
final class ApiServer implements AutoCloseable {

    /** An answer, and what it says. */
    record Reply(int status, HttpResponse<String> http, JsonNode json) {

        String header(String name) {
            return http.headers().firstValue(name).orElseThrow(() -> new AssertionError("no " + name));
        }

        /** The name of the problem, of which the document says more. */
        String problem() {
            String type = json.get("type").asString();
            assertThat(type).startsWith("/deferred-im/api/v1/openapi.json#/components/x-problems/");
            return type.substring(type.lastIndexOf('/') + 1);
        }
    }

    static final int MAX_SIZE = 100_000;
    static final int QUOTA = 5;

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Duration LIMIT = Duration.ofSeconds(20);

    final TestClock clock = new TestClock();
    final TestDatabase database = new TestDatabase();
    final MessageStore store = new MessageStore(database.entities(), clock, MessageStore.Limits.of(QUOTA, MAX_SIZE));
    final Inventory inventory = new Inventory(database.entities(), clock);
    final Registrations registrations = new Registrations(database.entities(), clock);
    final UserSettings settings = new UserSettings(database.entities(), DeliverySetting.PUSH, false);
    final Document document = new Document();

    /** For whom the outlet was told of a message, and who was told of a withdrawn one. */
    final List<Aor> deferred = new ArrayList<>();

    final List<Aor> withdrawn = new ArrayList<>();

    /** How messages are ended before their time. */
    Function<DeferredMessage, CompletionStage<Void>> end = message -> store.delete(message.id());

    Optional<String> notReady = Optional.empty();

    final Spools spools;
    private final Tomcat tomcat = new Tomcat();
    private final Api api;

    ApiServer(Path directory) throws LifecycleException {
        SipIpCore core = core(Set.of("127.0.0.1"), Set.of("example.test"));
        Outlet outlet = new Outlet() {
            @Override
            public boolean isOpen(Aor recipient) {
                return false;
            }

            @Override
            public void deferred(Aor recipient, int status) {
                deferred.add(recipient);
            }
        };
        Submissions submissions = new Submissions(core, store, outlet, clock, Duration.ofDays(30), "im.example.test");
        spools = new Spools(directory.resolve("spool"), new Spools.Limits(1024, MAX_SIZE, MAX_SIZE));
        Readiness readiness = () -> notReady;
        api = new Api(
                core,
                readiness,
                new MessagesResource(
                        submissions,
                        spools,
                        store,
                        inventory,
                        deferred::add,
                        message -> end.apply(message),
                        withdrawn::add,
                        MAX_SIZE),
                new UsersResource(core, registrations, settings, store));
        tomcat.setBaseDir(directory.toString());
        tomcat.setHostname("127.0.0.1");
        tomcat.setPort(0);
        Context context = tomcat.addContext("/deferred-im", directory.toString());
        Tomcat.addServlet(context, "api", new ApiServlet());
        context.addServletMapping("/api/v1/*", "api");
        tomcat.start();
        context.getServletContext().setAttribute(Api.class.getName(), api);
    }

    List<Route> routes() {
        return api.routes();
    }

    /** Forgets what the last test left, but for its keys. */
    void clear() {
        inventory
                .list(new Inventory.Query(Optional.empty(), Optional.empty(), 0, 1000))
                .forEach(each -> await(store.delete(each.message().id())));
        List.of(Messages.BOB, Messages.CAROL).forEach(user -> {
            settings.reset(user);
            registrations.end(user, Set.of());
        });
        deferred.clear();
        withdrawn.clear();
        end = message -> store.delete(message.id());
    }

    int port() {
        return tomcat.getConnector().getLocalPort();
    }

    /** As long as the server is not started. */
    Reply beforeTheStart(String method, String path) {
        Context context = (Context) tomcat.getHost().findChild("/deferred-im");
        context.getServletContext().removeAttribute(Api.class.getName());
        return send(method, path, null);
    }

    Reply post(String json, String... headers) {
        return send("POST", "messages", json, headers);
    }

    Reply get(String path) {
        return send("GET", path, null);
    }

    /**
     * Sends a request.
     *
     * @param path below that of the API
     * @param json the content, or null for none
     * @param headers names and values
     */
    Reply send(String method, String path, String json, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port() + "/deferred-im/api/v1/" + path))
                .timeout(LIMIT)
                .method(method, json == null ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        if (json != null && !List.of(headers).contains("Content-Type")) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<String> answer = CLIENT.send(request.build(), BodyHandlers.ofString());
            JsonNode said = answer.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(answer.body());
            assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
            document.requireTrue(method, path, answer, said);
            return new Reply(answer.statusCode(), answer, said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() throws LifecycleException {
        tomcat.stop();
        tomcat.destroy();
        store.close();
        database.close();
    }
}
