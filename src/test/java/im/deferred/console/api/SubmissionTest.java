package im.deferred.console.api;

import static im.deferred.message.Messages.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.console.api.ApiServer.Reply;
import im.deferred.core.Aor;
import im.deferred.message.DeferredMessage;
import im.deferred.message.Encapsulation;
import im.deferred.message.Encapsulation.Form;
import im.deferred.message.Inventory;
import im.deferred.message.Messages;
import im.deferred.message.Spool;
import im.deferred.message.StoredMessage;
import im.deferred.message.Submissions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST messages}: what is taken, how it is kept, what is refused with what answer, and once means once. */
class SubmissionTest {

    private static final Aor BOB = Messages.BOB;
    private static final String HELLO = """
            {"sender":"sip:alice@example.test","recipient":"sip:bob@example.test","contentType":"text/plain","body":"Hello"}
            """;

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
        server.clock.advance(Submissions.KEY_MEMORY);
        server.store.forgetKeys(100);
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    @Test
    void isStoredAsIfItHadComeAsASipMessage() {
        Reply reply = server.post("""
                {"sender": "sips:alice@Example.test", "recipient": "sip:bob@example.test;user=phone",
                 "contentType": "text/plain;charset=UTF-8", "body": "Grüße\\r\\n\\ud83d\\udc4b", "subject": "Café", "expires": 60}
                """);

        assertThat(reply.status()).isEqualTo(202);
        long id = reply.json().get("id").asLong();
        assertThat(reply.header("Location")).isEqualTo("/deferred-im/api/v1/messages/" + id);
        DeferredMessage stored = server.store.waiting(BOB, 0, 10).get(0);
        assertThat(stored.id()).isEqualTo(id);
        assertThat(stored.expiresAt()).isEqualTo(stored.receivedAt().plusSeconds(60));
        assertThat(text(stored)).matches("""
                MESSAGE sip:bob@example\\.test SIP/2\\.0\r
                From: <sip:alice@example\\.test>;tag=[0-9a-f-]{36}\r
                To: <sip:bob@example\\.test>\r
                Call-ID: [0-9a-f-]{36}@im\\.example\\.test\r
                CSeq: 1 MESSAGE\r
                Subject: Café\r
                Expires: 60\r
                Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} 2026 [0-9:]{8} GMT\r
                Content-Type: text/plain;charset=UTF-8\r
                Content-Length: 13\r
                \r
                Grüße\r
                \ud83d\udc4b""");
        assertThat(server.deferred).as("pushed at once, if the user is there").containsExactly(BOB);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1023, 1024, 1025, 64 * 1024, ApiServer.MAX_SIZE})
    void keepsOctetsAsTheyAre(int size) {
        byte[] octets = new byte[size];
        new Random(size).nextBytes(octets);
        String base64 = Base64.getEncoder().encodeToString(octets);

        assertThat(server.post("""
                                {"bodyBase64":"%s","contentType":"application/octet-stream",
                                 "sender":"tel:+491234","recipient":"sip:bob@example.test"}
                                """.formatted(base64)).status()).isEqualTo(202);

        assertThat(body(server.store.waiting(BOB, 0, 1).get(0))).isEqualTo(octets);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1024, ApiServer.MAX_SIZE / 2})
    void keepsTextAsUtf8HoweverItIsEscaped(int length) {
        for (String letter : List.of("\u00e9", "\\u00e9")) {
            assertThat(server.post(HELLO.replace("Hello", letter.repeat(length)))
                            .status())
                    .isEqualTo(202);
        }

        for (DeferredMessage stored : server.store.waiting(BOB, 0, 2)) {
            assertThat(new String(body(stored), UTF_8)).isEqualTo("\u00e9".repeat(length));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "body, 1, 100001",
        "body, 2, 50001",
        "bodyBase64, 1, 100001",
        "body, 1, 660000",
    })
    void refusesWhatIsTooLargeAndSaysTheLimit(String member, int width, int length) {
        String letters = (width == 1 ? "a" : "\u00e9").repeat(length);
        String value = member.equals("body") ? letters : Base64.getEncoder().encodeToString(letters.getBytes(UTF_8));

        Reply reply = server.post(HELLO.replace("\"body\":\"Hello\"", "\"%s\":\"%s\"".formatted(member, value)));

        assertThat(reply.status()).isEqualTo(413);
        assertThat(reply.problem()).isEqualTo("too-large");
        assertThat(reply.json().get("limit").asLong()).isEqualTo(ApiServer.MAX_SIZE);
        assertNothingStored();
    }

    @Test
    void refusesWhatIsTooLargeThoughNobodySaidHowLongItIs() throws Exception {
        byte[] blank = " ".repeat(700_000).getBytes(UTF_8);
        HttpRequest chunked = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/deferred-im/api/v1/messages"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(blank)))
                .build();

        assertThat(HttpClient.newHttpClient()
                        .send(chunked, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(413);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"sender\":\"sip:alice@example.test\" | \"sender\":\"alice\" | /sender",
                "\"sender\":\"sip:alice@example.test\" | \"sender\":null | /sender",
                "\"sender\":\"sip:alice@example.test\", | | /sender",
                "\"sender\":\"sip:alice@example.test\", | \"sender\":\"tel:1;phone-context=a>b\", | /sender",
                "\"sip:bob@example.test\" | \"sip:b ob@example.test\" | /recipient",
                "\"sip:bob@example.test\" | [\"sip:bob@example.test\"] | /recipient",
                "\"recipient\":\"sip:bob@example.test\", | | /recipient",
                "\"text/plain\" | \"text\" | /contentType",
                "\"text/plain\" | \"*/*\" | /contentType",
                "\"text/plain\" | \"text/plain;charset\" | /contentType",
                "\"text/plain\" | \"text/plain\\r\\nX: y\" | /contentType",
                "\"text/plain\" | \"text/plain;charset=ISO-8859-1\" | /contentType",
                "\"contentType\":\"text/plain\", | | /contentType",
                ",\"body\":\"Hello\" | | /body",
                "\"body\":\"Hello\" | \"body\":5 | /body",
                "\"body\":\"Hello\" | \"body\":\"\\ud83d\" | /body",
                "\"body\":\"Hello\" | \"body\":\"\\ud83dHello\" | /body",
                "\"body\":\"Hello\" | \"bodyBase64\":\"SGVsbG8\" | /bodyBase64",
                "\"body\":\"Hello\" | \"bodyBase64\":\"####\" | /bodyBase64",
                "\"body\":\"Hello\" | \"body\":\"Hello\",\"bodyBase64\":\"SGVsbG8=\" | /bodyBase64",
                "\"body\":\"Hello\" | \"body\":\"Hello\",\"body\":\"Hello\" | /body",
                "\"body\":\"Hello\" | \"body\":\"Hello\",\"subject\":\"a\\nb\" | /subject",
                "\"body\":\"Hello\" | \"body\":\"Hello\",\"expires\":0 | /expires",
                "\"body\":\"Hello\" | \"body\":\"Hello\",\"expires\":2147483648 | /expires",
                "\"body\":\"Hello\" | \"body\":\"Hello\",\"expires\":99999999999999999999 | /expires",
                "\"body\":\"Hello\" | \"body\":\"Hello\",\"expires\":1.5 | /expires",
                "\"body\":\"Hello\" | \"body\":\"Hello\",\"expires\":\"60\" | /expires",
            })
    void refusesMembersThatCannotBe(String part, String instead, String pointer) {
        assertThat(HELLO).contains(part);

        Reply reply = server.post(HELLO.replace(part, instead == null ? "" : instead));

        assertThat(reply.status()).as(reply.http().body()).isEqualTo(422);
        assertThat(reply.problem()).isEqualTo("invalid");
        assertThat(reply.json().get("pointer").asString()).isEqualTo(pointer);
        assertNothingStored();
    }

    @Test
    void refusesTextsThatAreTooLong() {
        String subject = HELLO.replace("\"body\"", "\"subject\":\"" + "s".repeat(1001) + "\",\"body\"");
        assertThat(server.post(subject).json().get("pointer").asString()).isEqualTo("/subject");
        String sender = HELLO.replace("alice", "a".repeat(256));
        assertThat(server.post(sender).json().get("pointer").asString()).isEqualTo("/sender");
        assertNothingStored();
    }

    @Test
    void refusesMembersThatItDoesNotKnow() {
        Reply reply = server.post(HELLO.replace("\"body\"", "\"priority\":\"urgent\",\"body\""));

        assertThat(reply.status()).isEqualTo(422);
        assertThat(reply.problem()).isEqualTo("invalid");
        assertNothingStored();
    }

    @ParameterizedTest
    @MethodSource
    void refusesWhatIsNoJsonObject(String content) {
        Reply reply = server.post(content);

        assertThat(reply.status()).as(reply.http().body()).isEqualTo(400);
        assertThat(reply.problem()).isEqualTo("malformed");
        assertThat(reply.json().get("detail").asString()).doesNotContain("Hello");
        assertNothingStored();
    }

    static Stream<String> refusesWhatIsNoJsonObject() {
        return Stream.of(
                "",
                "[]",
                "\"Hello\"",
                "{",
                HELLO.substring(0, HELLO.length() - 4),
                HELLO + "{}",
                HELLO.replace("\"Hello\"", "Hello"),
                HELLO.replace("\"Hello\"", "\"Hel\nlo\""),
                HELLO.replace("\"Hello\"", "\"Hello\\x\""),
                "[".repeat(10_000),
                "{\"" + "n".repeat(10_000) + "\":1}");
    }

    @Test
    void refusesWhatIsNotUtf8() throws Exception {
        HttpRequest latin = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/deferred-im/api/v1/messages"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(
                        HELLO.replace("Hello", "Caf\u00e9"), java.nio.charset.StandardCharsets.ISO_8859_1))
                .build();

        assertThat(HttpClient.newHttpClient()
                        .send(latin, BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(400);
        assertNothingStored();
    }

    /** What a form on a page of another site can send without asking (Fetch, 'CORS-safelisted'), and what we do not read. */
    @ParameterizedTest
    @CsvSource({
        "Content-Type, text/plain",
        "Content-Type, application/x-www-form-urlencoded",
        "Content-Type, multipart/form-data;boundary=x",
        "Content-Type, application/jsonp",
        "Content-Encoding, gzip"
    })
    void refusesWhatIsNotSentAsJson(String name, String value) {
        Reply reply = server.post(HELLO, name, value);

        assertThat(reply.status()).isEqualTo(415);
        assertThat(reply.problem()).isEqualTo("not-json");
        assertNothingStored();
    }

    @Test
    void refusesRecipientsOfOtherDomains() {
        Reply reply = server.post(HELLO.replace("bob@example.test", "bob@elsewhere.test"));

        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.problem()).isEqualTo("unknown-domain");
        assertNothingStored();
    }

    @Test
    void saysWhyAMessageIsOverTheQuota() {
        for (int i = 0; i < ApiServer.QUOTA; i++) {
            assertThat(server.post(HELLO).status()).isEqualTo(202);
        }

        Reply reply = server.post(HELLO, "Idempotency-Key", "later");

        assertThat(reply.status()).isEqualTo(409);
        assertThat(reply.problem()).isEqualTo("over-quota");
        assertThat(reply.json().get("detail").asString()).isEqualTo("5 messages wait for the recipient already");

        await(server.store.delete(all().get(0).message().id()));
        assertThat(server.post(HELLO, "Idempotency-Key", "later").status())
                .as("a refused request leaves its key unused")
                .isEqualTo(202);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/im-iscomposing+xml | <isComposing/>",
                "Application/IM-isComposing+XML;charset=UTF-8 | <isComposing/>",
                "message/cpim | From: <sip:a@b>\\r\\n\\r\\nContent-Type: application/im-iscomposing+xml\\r\\n\\r\\n<isComposing/>",
            })
    void dropsWhatIsOfTheMoment(String contentType, String body) {
        Reply reply = server.post(HELLO.replace("text/plain", contentType).replace("Hello", body));

        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.json().get("dropped").asBoolean()).isTrue();
        assertNothingStored();
    }

    @Test
    void answers503WhenThereIsNoRoomForItNow() {
        try (Spool another = server.spools.open()) {
            another.write(0, ByteBuffer.allocate(ApiServer.MAX_SIZE));

            Reply reply = server.post(HELLO);

            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.problem()).isEqualTo("busy");
            assertThat(reply.header("Retry-After")).isEqualTo("5");
        }
        assertNothingStored();
        assertThat(server.post(HELLO).status()).isEqualTo(202);
    }

    @Test
    void withoutAKeyEachIsANewMessage() {
        assertThat(server.post(HELLO).json().get("id"))
                .isNotEqualTo(server.post(HELLO).json().get("id"));
        assertThat(all()).hasSize(2);
    }

    @Test
    void theSameKeyStoresTheSameRequestOnce() {
        String key = "\"" + UUID.randomUUID() + "\"";
        Reply first = server.post(HELLO, "Idempotency-Key", key);

        Reply again = server.post(HELLO, "Idempotency-Key", key);
        Reply inOtherWords = server.post(
                HELLO.replace(",", " ,\n").replace("Hello", "\\u0048ello").replace("sip:bob@e", "sips:bob@E"),
                "Idempotency-Key",
                key.replace("\"", ""));

        for (Reply same : List.of(again, inOtherWords)) {
            assertThat(same.status()).isEqualTo(202);
            assertThat(same.http().body()).isEqualTo(first.http().body());
            assertThat(same.header("Location")).isEqualTo(first.header("Location"));
        }
        assertThat(all()).hasSize(1);
        assertThat(server.deferred).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Hello | Hullo",
                "alice@ | alison@",
                "bob@ | carol@",
                "text/plain | text/html",
                "\"body\" | \"subject\":\"Hi\",\"body\"",
                "\"body\" | \"expires\":60,\"body\"",
            })
    void theSameKeyRefusesAnotherRequest(String part, String instead) {
        String key = UUID.randomUUID().toString();
        server.post(HELLO, "Idempotency-Key", key);

        Reply another = server.post(HELLO.replace(part, instead), "Idempotency-Key", key);

        assertThat(another.status()).isEqualTo(422);
        assertThat(another.problem()).isEqualTo("key-taken");
        assertThat(all()).hasSize(1);
    }

    @Test
    void theSameKeyStoresOnceHoweverManyAskAtOnce() {
        String key = UUID.randomUUID().toString();

        List<CompletableFuture<Reply>> asked = IntStream.range(0, 16)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> server.post(HELLO, "Idempotency-Key", key)))
                .toList();

        List<Reply> replies = asked.stream().map(Messages::await).toList();
        assertThat(replies).extracting(Reply::status).containsOnly(202);
        assertThat(replies.stream().map(reply -> reply.http().body()).distinct())
                .hasSize(1);
        assertThat(all()).hasSize(1);
    }

    @Test
    void aKeyIsKnownForADayAlsoWhenItsMessageHasLeft() {
        Reply first = server.post(HELLO, "Idempotency-Key", "day");
        await(server.store.delete(first.json().get("id").asLong()));
        server.clock.advance(Submissions.KEY_MEMORY.minusMillis(1));
        assertThat(server.store.forgetKeys(100)).isZero();

        assertThat(server.post(HELLO, "Idempotency-Key", "day").http().body())
                .isEqualTo(first.http().body());
        assertNothingStored();

        server.clock.advance(Duration.ofMillis(1));
        assertThat(server.store.forgetKeys(100)).isOne();
        assertThat(server.post(HELLO, "Idempotency-Key", "day").http().body())
                .isNotEqualTo(first.http().body());
        assertThat(all()).hasSize(1);
    }

    @Test
    void aKeyIsKnownForAsLongAsItsMessageWaits() {
        Reply first = server.post(HELLO, "Idempotency-Key", "waits");
        server.clock.advance(Submissions.KEY_MEMORY.multipliedBy(3));
        assertThat(server.store.forgetKeys(100)).isZero();

        assertThat(server.post(HELLO, "Idempotency-Key", "waits").http().body())
                .isEqualTo(first.http().body());
        assertThat(all()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"\"", "\"a", "a\"", "a b", "\"a\"b\"", "\"a\";b=1", "\"a\", \"b\"", "\u00e9"})
    void refusesKeysThatCannotBeRead(String key) {
        Reply reply = server.post(HELLO, "Idempotency-Key", key);

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.problem()).isEqualTo("malformed");
        assertNothingStored();
    }

    @Test
    void aKeyIsOneAndNotTooLong() {
        assertThat(server.post(HELLO, "Idempotency-Key", "k".repeat(255)).status())
                .isEqualTo(202);
        assertThat(server.post(HELLO, "Idempotency-Key", "k".repeat(256)).status())
                .isEqualTo(400);
        assertThat(server.post(HELLO, "Idempotency-Key", "k", "Idempotency-Key", "k")
                        .status())
                .isEqualTo(400);
        assertThat(server.post(HELLO, "Idempotency-Key", "\"a \\\" b\"").status())
                .isEqualTo(202);
        assertThat(all()).hasSize(2);
    }

    private static void assertNothingStored() {
        assertThat(all()).isEmpty();
    }

    private static List<StoredMessage> all() {
        return server.inventory.list(new Inventory.Query(Optional.empty(), Optional.empty(), 0, 100));
    }

    private static byte[] body(DeferredMessage message) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] piece = server.store.read(message.id(), 0, Integer.MAX_VALUE);
                piece.length > 0;
                piece = server.store.read(message.id(), body.size(), Integer.MAX_VALUE)) {
            body.writeBytes(piece);
        }
        return body.toByteArray();
    }

    private static String text(DeferredMessage message) {
        Encapsulation content = server.store.encapsulate(message, Form.SIP);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        while (text.size() < content.length()) {
            text.writeBytes(content.read(text.size(), Integer.MAX_VALUE));
        }
        return text.toString(UTF_8);
    }
}
