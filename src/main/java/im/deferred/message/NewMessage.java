package im.deferred.message;

import im.deferred.core.Aor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/**
 * A message that is to be stored.
 *
 * @param sender the URI of the asserted sender, or else of From
 * @param cseq the number in CSeq
 * @param fromTag the tag of From, or an empty text
 * @param headers the end-to-end headers, each one's values in their order; without Content-Type and Content-Length
 * @param contentType the type of the body, or null if none was given
 * @param body the octets, which nobody changes any more
 */
public record NewMessage(
        Aor recipient,
        String sender,
        String callId,
        long cseq,
        String fromTag,
        Instant receivedAt,
        Instant expiresAt,
        List<Header> headers,
        String contentType,
        byte[] body) {

    /** @throws IllegalArgumentException if the content type does not fit a line */
    public NewMessage {
        Objects.requireNonNull(recipient, "recipient");
        Objects.requireNonNull(sender, "sender");
        Objects.requireNonNull(callId, "callId");
        Objects.requireNonNull(fromTag, "fromTag");
        Objects.requireNonNull(receivedAt, "receivedAt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        Objects.requireNonNull(body, "body");
        headers = List.copyOf(headers);
        contentType = contentType == null ? null : new Header("Content-Type", contentType).value();
    }

    /**
     * What all copies of one message have in common, and no other message: a digest of recipient, Call-ID, CSeq, From tag and
     * body. A digest, since the parts are as long as the sender likes, and an index is not; of the body too, since a container may
     * hand out a message whose connection broke in the middle, and the whole one that follows is no copy of it.
     */
    String copyKey() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        for (String part : List.of(recipient.uri(), callId, Long.toString(cseq), fromTag)) {
            byte[] octets = part.getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, octets.length));
            digest.update(octets);
        }
        digest.update(body);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
    }
}
