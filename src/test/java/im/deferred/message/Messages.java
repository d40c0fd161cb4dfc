package im.deferred.message;

import im.deferred.core.Aor;
import im.deferred.core.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Messages for tests, and the wait for what becomes of them. */
public final class Messages {

    public static final Instant NOW = TestClock.START;
    public static final Aor BOB = new Aor("sip:bob@example.test");
    public static final Aor CAROL = new Aor("sip:carol@example.test");

    private Messages() {}

    public static NewMessage message(Aor recipient, String callId) {
        return message(recipient, callId, "Hello".getBytes(StandardCharsets.UTF_8));
    }

    public static NewMessage message(Aor recipient, String callId, byte[] body) {
        return message(recipient, callId, Body.of(body));
    }

    static NewMessage message(Aor recipient, String callId, Body body) {
        return expiring(recipient, callId, body, NOW.plus(Duration.ofDays(30)));
    }

    /** A message that Alice sent in a session. */
    public static NewMessage sent(Aor recipient, String messageId, String contentType, Body body) {
        return session(recipient).message(send(messageId, contentType), NOW, Duration.ofDays(30), body);
    }

    static SendingSession session(Aor recipient) {
        return new SendingSession(
                recipient,
                "sip:alice@example.test",
                "s1@client",
                List.of(
                        new Header("From", "\"Alice\" <sip:alice@example.test>;tag=a1"),
                        new Header("To", "<" + recipient + ">"),
                        new Header("P-Asserted-Identity", "<sip:alice@example.test>")));
    }

    static SendHead send(String messageId, String contentType, Header... headers) {
        return new SendHead(
                "msrp://192.0.2.1:2855/s.111;tcp",
                "msrp://192.0.2.9:7654/a.222;tcp",
                messageId,
                contentType,
                List.of(headers));
    }

    static NewMessage expiring(Aor recipient, String callId, Body body, Instant expiresAt) {
        List<Header> headers = List.of(
                new Header("From", "\"Alice\" <sip:alice@example.test>;tag=a1"),
                new Header("To", "<" + recipient + ">"),
                new Header("Call-ID", callId),
                new Header("CSeq", "1 MESSAGE"));
        return new NewMessage(
                recipient,
                "sip:alice@example.test",
                Origin.SIP_MESSAGE,
                callId,
                List.of("1", "a1"),
                NOW,
                expiresAt,
                headers,
                "text/plain;charset=UTF-8",
                body);
    }

    /** What comes, within ten seconds. */
    public static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** Why it fails, within ten seconds. */
    static Throwable failure(CompletionStage<?> stage) {
        try {
            await(stage);
        } catch (CompletionException e) {
            return e.getCause();
        }
        throw new AssertionError("it did not fail");
    }
}
