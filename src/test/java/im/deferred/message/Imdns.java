package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.NOW;

import im.deferred.core.Aor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Messages whose sender wants to know what becomes of them, for tests. */
final class Imdns {

    static final Aor ALICE = new Aor("sip:alice@example.test");

    static final List<Header> HEADERS = List.of(
            new Header("From", "\"Alice\" <sip:alice@example.test>;tag=a1"),
            new Header("To", "<sip:bob@example.test>"));

    private Imdns() {}

    /** A message/cpim from Alice to Bob that asks for that; its imdn.Message-ID is {@code m1}. */
    static String cpim(String dispositions) {
        return """
                From: Alice <im:alice@example.test>
                To: Bob <im:bob@example.test>
                NS: imdn <urn:ietf:params:imdn>
                imdn.Message-ID: m1
                DateTime: 2026-11-22T09:05:03+01:00
                imdn.Disposition-Notification: %s

                Content-Type: text/plain

                Hello""".formatted(dispositions).replace("\n", "\r\n");
    }

    /** A message/cpim for Bob that expires in a minute. */
    static NewMessage message(String callId, String cpim) {
        return message(callId, cpim, ALICE.uri(), HEADERS, NOW.plus(Duration.ofMinutes(1)));
    }

    static NewMessage message(String callId, String cpim, String sender, List<Header> headers, Instant expiresAt) {
        return new NewMessage(
                BOB,
                sender,
                Origin.SIP_MESSAGE,
                callId,
                List.of("1", "a1"),
                NOW,
                expiresAt,
                headers,
                "message/cpim",
                Body.of(cpim.getBytes(StandardCharsets.UTF_8)));
    }
}
