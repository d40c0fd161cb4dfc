package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.texts;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.InviteAnswer;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Subscription;
import im.deferred.lab.User;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** FLOW.md, ways in: HTTP. What an application hands in is pushed as what came by SIP is; operators see and move what waits. */
@ExtendWith(ArquillianExtension.class)
class RestIT {

    private static final int MAX_SIZE = 1024 * 1024;
    private static final int QUOTA = 5;
    private static final String ALICE = "sip:alice@example.test";

    @RegisterExtension
    static final Scene scene = new Scene();

    private Rest rest;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with(
                "push.idle=PT0.3S", "push.page-mode=false", "message.max-size=1M", "user.quota=" + QUOTA);
    }

    @BeforeEach
    void users() {
        rest = new Rest(scene.server());
        bob = scene.user("bob");
    }

    @Test
    void aMessageForAnAbsentUserIsPushedWhenTheUserRegisters() {
        HttpResponse<String> accepted = rest.post("""
                {"sender":"%s","recipient":"%s","contentType":"text/plain;charset=UTF-8","body":"Grüße","subject":"Café"}
                """.formatted(ALICE, bob.aor()));
        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(rest.get("messages/" + Rest.id(accepted)).body()).contains(bob.aor());

        bob.register();

        ReceivedMessage received = bob.awaitMessages(1, SOON).get(0);
        assertThat(received.contentType()).isEqualTo("message/sip");
        assertThat(received.date()).isPresent();
        SipMessage inner = received.encapsulated();
        assertThat(inner.startLine()).isEqualTo("MESSAGE " + bob.aor() + " SIP/2.0");
        assertThat(inner.from().sipUri().aor()).isEqualTo(ALICE);
        assertThat(inner.need("From")).contains(";tag=");
        assertThat(inner.to().sipUri().aor()).isEqualTo(bob.aor());
        assertThat(inner.callId()).isNotBlank();
        assertThat(inner.need("CSeq")).isEqualTo("1 MESSAGE");
        assertThat(inner.need("Date")).isEqualTo(received.date().orElseThrow());
        assertThat(inner.need("Subject")).isEqualTo("Café");
        assertThat(inner.need("Content-Type")).isEqualTo("text/plain;charset=UTF-8");
        assertThat(inner.body()).isEqualTo("Grüße".getBytes(UTF_8));
        bob.awaitBye(SOON);
        assertThat(rest.get("messages/" + Rest.id(accepted)).statusCode()).isEqualTo(404);
    }

    @Test
    void aMessageForARegisteredUserIsPushedAtOnce() {
        scene.register(bob);

        assertThat(rest.submit(ALICE, bob.aor(), "now").statusCode()).isEqualTo(202);

        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("now");
        assertThat(bob.pages().size()).isZero();
    }

    @Test
    void itWaitsInOneRowWithWhatCameBySip() {
        User alice = scene.user("alice");
        rest.submit(alice.aor(), bob.aor(), "by HTTP");
        defer(alice.write(bob.aor()).text("by SIP"));
        rest.submit(alice.aor(), bob.aor(), "by HTTP again");

        bob.register();

        assertThat(texts(bob.awaitMessages(3, SOON))).containsExactly("by HTTP", "by SIP", "by HTTP again");
    }

    @Test
    void theLargestBodyComesOctetForOctet() {
        byte[] octets = new byte[MAX_SIZE];
        new Random(1).nextBytes(octets);
        assertThat(rest.submit(ALICE, bob.aor(), "application/octet-stream", octets)
                        .statusCode())
                .isEqualTo(202);

        bob.register();

        assertThat(bob.awaitMessages(1, SOON).get(0).encapsulated().body()).isEqualTo(octets);
    }

    @Test
    void theSameKeyIsPushedOnceHoweverOftenItIsAsked() {
        String key = UUID.randomUUID().toString();
        List<CompletableFuture<HttpResponse<String>>> asked = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(
                        () -> rest.submit(ALICE, bob.aor(), "once", "Idempotency-Key", key)))
                .toList();
        List<String> answers = asked.stream()
                .map(Writing::await)
                .map(answer -> answer.statusCode() + answer.body())
                .distinct()
                .toList();
        assertThat(answers).hasSize(1);
        bob.register();
        bob.awaitBye(SOON);
        scene.deregister(bob);

        HttpResponse<String> afterwards = rest.submit(ALICE, bob.aor(), "once", "Idempotency-Key", key);
        assertThat(answers).containsExactly(afterwards.statusCode() + afterwards.body());
        assertThat(rest.submit(ALICE, bob.aor(), "twice", "Idempotency-Key", key)
                        .statusCode())
                .isEqualTo(422);

        rest.submit(ALICE, bob.aor(), "something new");
        bob.register();
        assertThat(texts(bob.awaitMessages(2, SOON))).containsExactly("once", "something new");
    }

    @Test
    void whatIsRefusedIsNotStored() {
        String whole = """
                {"sender":"%s","recipient":"%s","contentType":"text/plain","body":"refused"}
                """.formatted(ALICE, bob.aor());
        assertThat(rest.post("{").statusCode()).isEqualTo(400);
        assertThat(rest.post(whole.replace("@example.test\",\"con", "@elsewhere.test\",\"con"))
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<String> tooLarge = rest.submit(ALICE, bob.aor(), "text/plain", new byte[MAX_SIZE + 1]);
        assertThat(tooLarge.statusCode()).isEqualTo(413);
        assertThat(tooLarge.body()).contains("\"limit\":" + MAX_SIZE);
        assertThat(rest.post(whole, "Content-Encoding", "gzip").statusCode()).isEqualTo(415);
        assertThat(rest.post(whole.replace("text/plain", "text")).statusCode()).isEqualTo(422);
        assertThat(rest.post(whole, "Origin", "http://evil.test").statusCode()).isEqualTo(403);
        assertThat(rest.post(whole.replace("text/plain", "application/im-iscomposing+xml"))
                        .statusCode())
                .isEqualTo(200);
        for (int i = 1; i <= QUOTA; i++) {
            assertThat(rest.submit(ALICE, bob.aor(), "message " + i).statusCode())
                    .isEqualTo(202);
        }
        HttpResponse<String> over = rest.post(whole);
        assertThat(over.statusCode()).isEqualTo(409);
        assertThat(over.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(over.body()).contains(QUOTA + " messages wait for the recipient already");

        bob.register();

        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly(Writing.numbered(1, QUOTA));
    }

    @Test
    void onlyAddressesThatMaySpeakForUsersAreHeard() throws IOException {
        String json = "{\"sender\":\"%s\",\"recipient\":\"%s\",\"contentType\":\"text/plain\",\"body\":\"in\"}"
                .formatted(ALICE, bob.aor());
        try (Socket stranger = new Socket()) {
            stranger.setSoTimeout((int) SOON.toMillis());
            stranger.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.2"), 0));
            stranger.connect(scene.server().http());
            stranger.getOutputStream()
                    .write(("POST /deferred-im/api/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                                    + "Authorization: "
                                    + DeployedServer.basic(
                                            "operator", scene.server().operatorPassword()) + "\r\n"
                                    + "Content-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n"
                                    + json)
                            .getBytes(US_ASCII));
            assertThat(new String(stranger.getInputStream().readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.1 403");
        }
        assertThat(rest.get("messages?recipient=" + bob.aor()).body()).isEqualTo("{\"messages\":[]}");
    }

    @Test
    void anOperatorReadsWhyAMessageIsHeldAndReleasesIt() {
        long id = Rest.id(rest.submit(ALICE, bob.aor(), "hold me"));
        Subscription waiting = bob.subscribe(3600);
        bob.answerWith(InviteAnswer.accept().acceptTypes("message/msrp")).register();
        waiting.await("0/1 (0/0)", SOON);
        assertThat(rest.get("messages?state=held&recipient=" + bob.aor()).body())
                .contains("\"id\":" + id, "\"heldReason\":\"")
                .doesNotContain("hold me");
        assertThat(scene.server().get("/").body())
                .contains(bob.aor(), "api/v1/messages/" + id + "/release", "api/v1/openapi.json")
                .doesNotContain("hold me");

        bob.answerWith(InviteAnswer.accept());
        assertThat(rest.send("POST", "messages/" + id + "/release", null).statusCode())
                .isEqualTo(204);

        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("hold me");
    }

    @Test
    void whatIsWithdrawnIsNotPushed() {
        long id = Rest.id(rest.submit(ALICE, bob.aor(), "never mind"));
        rest.submit(ALICE, bob.aor(), "but this");

        assertThat(rest.send("DELETE", "messages/" + id, null).statusCode()).isEqualTo(204);
        bob.register();

        bob.awaitBye(SOON);
        assertThat(texts(bob.messages().all())).containsExactly("but this");
    }

    @Test
    void aUsersSettingIsObeyed() {
        String setting = "users/" + bob.aor() + "/setting";
        assertThat(rest.send("PUT", setting, "{\"delivery\":\"hold\"}").statusCode())
                .isEqualTo(200);
        rest.submit(ALICE, bob.aor(), "later");
        scene.register(bob);
        assertThat(rest.get("users/" + bob.aor()).body())
                .contains("\"registeredUntil\":", "\"inForce\":{\"delivery\":\"hold\"", "\"waiting\":1");
        assertThat(bob.calls().size()).isZero();
        scene.deregister(bob);

        assertThat(rest.send("DELETE", setting, null).statusCode()).isEqualTo(204);
        bob.register();

        assertThat(texts(bob.awaitMessages(1, SOON))).containsExactly("later");
    }

    @Test
    void theDocumentIsThere() {
        assertThat(rest.get("openapi.json").body()).contains("\"openapi\": \"3.1");
    }

    @Test
    void nobodysWordsAreInTheLog() {
        String words = UUID.randomUUID().toString();
        rest.submit(ALICE, bob.aor(), words);
        rest.post("{\"body\":\"" + words + "\",\"subject\":\"" + words + "\"}");
        rest.post("{\"body\":" + words + "}");
        rest.post("{\"" + words + "\":1}");
        bob.register();
        bob.awaitMessages(1, SOON);

        assertThat(ServerLog.text())
                .contains("submission", bob.aor(), "MALFORMED", "INVALID")
                .doesNotContain(words);
    }
}
