package im.deferred.console.api;

import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.message;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.console.api.ApiServer.Reply;
import im.deferred.core.Aor;
import im.deferred.message.Messages;
import im.deferred.message.Stored;
import im.deferred.registration.ClientContact;
import im.deferred.registration.Registration;
import im.deferred.settings.DeliverySetting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The REST interface: what it shows and does to what is stored and to users, who may use it, and its document. */
class ApiTest {

    private static final Aor BOB = Messages.BOB;
    private static final Aor CAROL = Messages.CAROL;

    @TempDir
    private static Path directory;

    private static ApiServer server;

    @BeforeAll
    static void start() throws Exception {
        server = new ApiServer(directory);
    }

    @AfterEach
    void clear() {
        server.clear();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void theDocumentHasEveryRouteAndNoOther() {
        assertThat(server.document.operations())
                .containsExactlyInAnyOrderElementsOf(server.routes().stream()
                        .map(route -> route.method() + " " + route.template())
                        .toList());
    }

    @Test
    void theDocumentDescribesEveryProblemAndNoOther() {
        assertThat(server.document.problems())
                .containsExactlyInAnyOrderElementsOf(Stream.of(Problem.Kind.values())
                        .map(kind -> kind.status() + " " + kind.documentName())
                        .toList());
    }

    @Test
    void theDocumentIsThere() {
        Reply document = server.get("openapi.json");

        assertThat(document.status()).isEqualTo(200);
        assertThat(document.header("Content-Type")).startsWith("application/json");
        assertThat(document.json().get("openapi").asString()).startsWith("3.1");
    }

    @Test
    void listsWhatIsStoredPageByPage() {
        long first = store(BOB);
        long second = store(CAROL);
        long third = store(BOB);
        await(server.store.hold(third, "the client takes it in no form offered"));

        assertThat(ids(server.get("messages"))).containsExactly(first, second, third);
        assertThat(ids(server.get("messages?recipient=sip:bob@example.test"))).containsExactly(first, third);
        assertThat(ids(server.get("messages?recipient=SIP%3Abob%40example.test&state=waiting")))
                .containsExactly(first);
        assertThat(ids(server.get("messages?state=held"))).containsExactly(third);

        Reply page = server.get("messages?limit=2");
        assertThat(ids(page)).containsExactly(first, second);
        assertThat(page.json().get("next").asLong()).isEqualTo(second);
        Reply last = server.get("messages?limit=2&after=" + second);
        assertThat(ids(last)).containsExactly(third);
        assertThat(last.json().has("next")).isFalse();
    }

    @Test
    void aPlusInTheQueryIsAPlus() {
        long id = store(new Aor("tel:+491234"));

        assertThat(ids(server.get("messages?recipient=tel:+491234"))).containsExactly(id);
    }

    @Test
    void tellsOfAMessageEverythingButWhatItSays() {
        Reply submitted = server.post("""
                {"sender": "sip:alice@example.test", "recipient": "sip:bob@example.test", "subject": "SECRET-SUBJECT",
                 "contentType": "text/plain", "body": "SECRET-BODY"}
                """);
        long id = submitted.json().get("id").asLong();
        await(server.store.hold(id, "larger than the client takes (a=max-size)"));

        JsonNode one = server.get("messages/" + id).json();

        assertThat(one.get("recipient").asString()).isEqualTo("sip:bob@example.test");
        assertThat(one.get("sender").asString()).isEqualTo("sip:alice@example.test");
        assertThat(one.get("receivedAt").asString()).isEqualTo("2026-11-22T08:05:03.250Z");
        assertThat(one.get("expiresAt").asString()).isEqualTo("2026-12-22T08:05:03.250Z");
        assertThat(one.get("contentType").asString()).isEqualTo("text/plain");
        assertThat(one.get("size").asLong()).isEqualTo("SECRET-BODY".length());
        assertThat(one.get("held").asBoolean()).isTrue();
        assertThat(one.get("heldReason").asString()).isEqualTo("larger than the client takes (a=max-size)");
        assertThat(one.toString() + server.get("messages").http().body()).doesNotContain("SECRET");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "state=gone",
                "limit=0",
                "limit=1001",
                "limit=many",
                "after=-1",
                "recipient=bob",
                "limit=1&limit=1",
                "user=bob",
                "recipient=%zz"
            })
    void refusesQueriesThatItDoesNotKnow(String query) {
        // %zz is no URI for Java's client.
        if (query.contains("%zz")) {
            assertThat(raw("127.0.0.1", "GET /deferred-im/api/v1/messages?" + query))
                    .startsWith("HTTP/1.1 400");
            return;
        }
        assertProblem(server.get("messages?" + query), 400, "malformed");
    }

    @Test
    void whatIsWithdrawnLaterThanTheAnswerIsToldToo() {
        long id = store(BOB);
        CompletableFuture<Void> told = new CompletableFuture<>();
        server.end = message -> told;

        assertThat(server.send("DELETE", "messages/" + id, null).status()).isEqualTo(202);
        assertThat(server.withdrawn).isEmpty();
        told.complete(null);

        assertThat(server.withdrawn).containsExactly(BOB);
    }

    @Test
    void withdrawsAMessage() {
        long id = store(BOB);

        assertThat(server.send("DELETE", "messages/" + id, null).status()).isEqualTo(204);

        assertThat(server.inventory.find(id)).isEmpty();
        assertThat(server.withdrawn).containsExactly(BOB);
        assertProblem(server.send("DELETE", "messages/" + id, null), 404, "not-found");
        assertProblem(server.get("messages/" + id), 404, "not-found");
    }

    @Test
    void releasesAHeldMessageAndTriesItAtOnce() {
        long id = store(BOB);
        await(server.store.hold(id, "why"));

        assertThat(server.send("POST", "messages/" + id + "/release", null).status())
                .isEqualTo(204);

        assertThat(server.deferred).containsExactly(BOB);
        JsonNode released = server.get("messages/" + id).json();
        assertThat(released.get("held").asBoolean()).isFalse();
        assertThat(released.has("heldReason")).isFalse();
        assertProblem(server.send("POST", "messages/" + id + "/release", null), 409, "not-held");
        assertProblem(server.send("POST", "messages/" + (id + 1) + "/release", null), 404, "not-found");
        assertThat(server.deferred).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "one", "9999999999999999999"})
    void idsThatAreNoneAreNotFound(String id) {
        assertProblem(server.get("messages/" + id), 404, "not-found");
    }

    @Test
    void theSettingOfAUserIsChosenAndReset() {
        String setting = "users/sip:bob@example.test/setting";
        assertThat(server.get(setting).http().body()).isEqualTo("{\"delivery\":null,\"pageMode\":null}");

        Reply chosen = server.send("PUT", setting, "{\"delivery\":\"hold\",\"pageMode\":true}");

        assertThat(chosen.status()).isEqualTo(200);
        assertThat(chosen.http().body()).isEqualTo("{\"delivery\":\"hold\",\"pageMode\":true}");
        assertThat(server.get(setting).http().body()).isEqualTo(chosen.http().body());
        assertThat(server.settings.of(BOB)).isEqualTo(DeliverySetting.HOLD);
        assertThat(server.settings.allowsPageMode(BOB)).isTrue();

        assertThat(server.send("PUT", setting, "{\"delivery\":\"notify\",\"pageMode\":null}")
                        .status())
                .isEqualTo(200);
        assertThat(server.settings.of(BOB)).isEqualTo(DeliverySetting.NOTIFY);
        assertThat(server.settings.choices(BOB).pageMode()).isEmpty();

        assertThat(server.send("DELETE", setting, null).status()).isEqualTo(204);
        assertThat(server.settings.of(BOB)).isEqualTo(DeliverySetting.PUSH);
        assertThat(server.get(setting).http().body()).isEqualTo("{\"delivery\":null,\"pageMode\":null}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"delivery\":\"PUSH\"} | /delivery",
                "{\"delivery\":\"sometimes\"} | /delivery",
                "{\"delivery\":1} | /delivery",
                "{\"pageMode\":\"true\"} | /pageMode",
            })
    void refusesSettingsThatThereAreNot(String json, String pointer) {
        Reply refused = server.send("PUT", "users/sip:bob@example.test/setting", json);

        assertProblem(refused, 422, "invalid");
        assertThat(refused.json().get("pointer").asString()).isEqualTo(pointer);
        assertThat(server.settings.choices(BOB).delivery()).isEmpty();
    }

    @Test
    void aSettingIsShort() {
        assertProblem(
                server.send("PUT", "users/sip:bob@example.test/setting", "{" + " ".repeat(4096) + "}"),
                413,
                "too-large");
    }

    @Test
    void usersAreOfServedDomains() {
        assertProblem(server.get("users/sip:bob@elsewhere.test"), 404, "unknown-domain");
        assertProblem(server.get("users/sip:bob@elsewhere.test/setting"), 404, "unknown-domain");
        assertProblem(server.get("users/bob"), 404, "not-found");
        assertProblem(server.send("PUT", "users/bob/setting", "{}"), 404, "not-found");
    }

    @Test
    void showsAUserWithoutSecrets() {
        store(BOB);
        store(BOB);
        await(server.store.hold(store(BOB), "why"));
        server.settings.choose(BOB, DeliverySetting.PULL);
        ClientContact phone = new ClientContact(
                "sip:bob:PASSWORD@192.0.2.1:5070;transport=tcp;pn-prid=TOKEN",
                "urn:uuid:INSTANCE",
                Map.of("+g.oma.sip-im", "", "+sip.instance", "<urn:uuid:INSTANCE>", "temp-gruu", "GRUU", "q", "0.5"),
                Messages.NOW.plusSeconds(60));
        server.registrations.renew(
                new Registration(BOB, Messages.NOW.plusSeconds(60), List.of(phone), null, null), Set.of());

        Reply user = server.get("users/sip:bob@example.test");

        assertThat(user.http().body())
                .isEqualTo("{\"aor\":\"sip:bob@example.test\",\"registeredUntil\":\"2026-11-22T08:06:03.250Z\","
                        + "\"contacts\":[{\"uri\":\"sip:bob@192.0.2.1:5070\",\"expiresAt\":\"2026-11-22T08:06:03.250Z\","
                        + "\"featureTags\":[\"+g.oma.sip-im\"]}],"
                        + "\"setting\":{\"delivery\":\"pull\",\"pageMode\":null},"
                        + "\"inForce\":{\"delivery\":\"pull\",\"pageMode\":false},\"waiting\":2,\"held\":1}");
    }

    @Test
    void showsAUserWhoIsAway() {
        JsonNode user = server.get("users/tel:+491234").json();

        assertThat(user.has("registeredUntil")).isFalse();
        assertThat(user.has("contacts")).isFalse();
        assertThat(user.at("/inForce/delivery").asString()).isEqualTo("push");
        assertThat(user.get("waiting").asLong()).isZero();
    }

    @Test
    void nobodyButATrustedPeerMayDoAnything() {
        long id = store(BOB);
        for (Route route : server.routes()) {
            String path = route.template().replace("{id}", Long.toString(id)).replace("{aor}", BOB.uri());
            String answer = raw("127.0.0.2", route.method() + " /deferred-im/api/v1/" + path);
            assertThat(answer)
                    .as(route.toString())
                    .startsWith("HTTP/1.1 403")
                    .contains("#/components/x-problems/not-trusted");
        }
        assertThat(raw("127.0.0.2", "GET /deferred-im/api/v1/elsewhere")).startsWith("HTTP/1.1 403");
        assertThat(raw("127.0.0.2", "GET /deferred-im/api/v1/messages", "X-Forwarded-For: 127.0.0.1"))
                .startsWith("HTTP/1.1 403");
        assertThat(server.inventory.find(id)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.test", "http://127.0.0.1", "null", "http://127.0.0.1:1", "not a uri"})
    void noPageOfAnotherSiteChangesAnything(String origin) {
        long id = store(BOB);
        await(server.store.hold(id, "why"));

        for (String operation : List.of("DELETE messages/" + id, "POST messages/" + id + "/release", "POST messages")) {
            String[] parts = operation.split(" ");
            assertProblem(server.send(parts[0], parts[1], null, "Origin", origin), 403, "foreign-origin");
        }
        assertThat(server.inventory.find(id).orElseThrow().held()).isTrue();
        assertThat(server.send("GET", "messages", null, "Origin", origin).status())
                .isEqualTo(200);
    }

    @Test
    void theConsolesOwnPageMayRelease() {
        long id = store(BOB);
        await(server.store.hold(id, "why"));

        assertThat(server.send(
                                "POST",
                                "messages/" + id + "/release",
                                "",
                                "Origin",
                                "http://127.0.0.1:" + server.port(),
                                "Content-Type",
                                "application/x-www-form-urlencoded")
                        .status())
                .isEqualTo(204);
    }

    @Test
    void saysWhichMethodsThereAre() {
        Reply refused = server.send("PUT", "messages", "{}");
        assertProblem(refused, 405, "method-not-allowed");
        assertThat(refused.header("Allow")).isEqualTo("GET, POST");
        assertThat(server.send("OPTIONS", "users/sip:bob@example.test/setting", null)
                        .header("Allow"))
                .isEqualTo("DELETE, GET, PUT");
    }

    @Test
    void answersHeadLikeGet() {
        Reply head = server.send("HEAD", "messages", null);

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.http().body()).isEmpty();
        assertThat(head.header("Content-Length"))
                .isEqualTo(Integer.toString(server.get("messages").http().body().length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "message", "messages/", "messages/1/2", "messages/1/release/now", "openapi.json/"})
    void whatIsNotThereIsNotFound(String path) {
        assertProblem(server.get(path), 404, "not-found");
    }

    @Test
    void aUriIsNotLongerThanItMustBe() {
        assertProblem(server.get("messages?recipient=" + "b".repeat(2048)), 414, "uri-too-long");
    }

    @Test
    void answers503UntilItIsStarted(@TempDir Path another) throws Exception {
        try (ApiServer starting = new ApiServer(another)) {
            Reply refused = starting.beforeTheStart("GET", "messages");

            assertProblem(refused, 503, "busy");
            assertThat(refused.header("Retry-After")).isEqualTo("5");
        }
    }

    @Test
    void saysWhetherItIsTheDatabaseOrItself(@TempDir Path another) throws Exception {
        try (ApiServer failing = new ApiServer(another)) {
            failing.database.close();

            assertProblem(failing.get("messages"), 500, "internal");

            failing.notReady = Optional.of("the database does not answer");
            Reply busy = failing.get("messages");
            assertProblem(busy, 503, "busy");
            assertThat(busy.json().get("detail").asString()).isEqualTo("the database does not answer");
        }
    }

    private static long store(Aor recipient) {
        return ((Stored.Kept) await(
                        server.store.store(message(recipient, UUID.randomUUID().toString()))))
                .id();
    }

    private static List<Long> ids(Reply list) {
        assertThat(list.status()).isEqualTo(200);
        return list.json()
                .get("messages")
                .valueStream()
                .map(each -> each.get("id").asLong())
                .toList();
    }

    private static void assertProblem(Reply reply, int status, String problem) {
        assertThat(reply.status()).as(reply.http().body()).isEqualTo(status);
        assertThat(reply.header("Content-Type")).startsWith("application/problem+json");
        assertThat(reply.problem()).isEqualTo(problem);
        assertThat(reply.json().get("status").asInt()).isEqualTo(status);
        assertThat(reply.json().get("detail").asString()).isNotBlank();
    }

    /** The whole answer to a request from that address, as text. */
    private static String raw(String from, String methodAndUri, String... headers) {
        String more = Stream.of(headers).map(header -> header + "\r\n").collect(Collectors.joining());
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(20_000);
            socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
            socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
            socket.getOutputStream()
                    .write((methodAndUri + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more + "Connection: close\r\n\r\n")
                            .getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        } catch (IOException e) {
            throw new AssertionError("no answer", e);
        }
    }
}
