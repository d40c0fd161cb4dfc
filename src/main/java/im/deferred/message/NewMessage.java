package im.deferred.message;

import im.deferred.core.Aor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A message that is to be stored.
 *
 * @param sender the URI of the asserted sender, or else of From
 * @param origin how it came
 * @param callId the Call-ID of the MESSAGE, or of the session that the SEND came in
 * @param identity what tells it from other messages of that Call-ID: the number in CSeq and the tag of From of a SIP MESSAGE, the sender
 *     and the Message-ID of an MSRP SEND
 * @param headers the end-to-end headers, each one's values in their order, the paths and the Message-ID of a SEND among them; without
 *     Content-Type, Content-Length and Byte-Range
 * @param contentType the type of the body, or null if none was given
 * @param body to be read until the store is done with it
 */
public record NewMessage(
        Aor recipient,
        String sender,
        Origin origin,
        String callId,
        List<String> identity,
        Instant receivedAt,
        Instant expiresAt,
        List<Header> headers,
        String contentType,
        Body body) {

    private static final String IS_COMPOSING = "application/im-iscomposing+xml";

    /** Octets in which the head of a CPIM wrapper ends, or is none that we read. */
    private static final int MOST_OF_A_HEAD = Cpim.Limits.DEFAULTS.headers() * Cpim.Limits.DEFAULTS.lineLength();

    /** @throws IllegalArgumentException if the content type does not fit a line, or a SEND has none (RFC 4975 §7.1) */
    public NewMessage {
        Objects.requireNonNull(recipient, "recipient");
        Objects.requireNonNull(sender, "sender");
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(callId, "callId");
        Objects.requireNonNull(receivedAt, "receivedAt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        Objects.requireNonNull(body, "body");
        identity = List.copyOf(identity);
        headers = List.copyOf(headers);
        contentType = contentType == null ? null : new Header("Content-Type", contentType).value();
        if (origin == Origin.MSRP_SEND && contentType == null) {
            throw new IllegalArgumentException("a SEND with content has a Content-Type");
        }
    }

    /**
     * Whether it is of the moment, worth nothing later: it tells that somebody is writing (RFC 3994), be it in a CPIM wrapper; a wrapper
     * that cannot be read says nothing. Reads the beginning of the body.
     */
    public boolean isOfTheMoment() {
        if (!MediaType.is(contentType, Encapsulation.Form.CPIM.contentType())) {
            return MediaType.is(contentType, IS_COMPOSING);
        }
        try {
            return MediaType.is(Cpim.parse(body.read(0, MOST_OF_A_HEAD)).contentType(), IS_COMPOSING);
        } catch (ParseException e) {
            return false;
        }
    }

    /**
     * What all copies of one message have in common, and no other message: a digest of recipient, Call-ID, identity and body. A digest,
     * since the parts are as long as the sender likes, and an index is not; of the body too, since a container may hand out a message
     * whose connection broke in the middle, and the whole one that follows is no copy of it. Reads the body.
     *
     * @throws IllegalStateException if the body is gone
     */
    String copyKey() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        Stream.concat(Stream.of(recipient.uri(), callId), identity.stream()).forEach(part -> {
            byte[] octets = part.getBytes(StandardCharsets.UTF_8);
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, octets.length));
            digest.update(octets);
        });
        for (long offset = 0; offset < body.length(); offset += MessageStore.PIECE) {
            digest.update(body.read(offset, MessageStore.PIECE));
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest());
    }
}
