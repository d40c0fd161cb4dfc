package im.deferred.message;

import im.deferred.core.Aor;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A message that waits for its recipient; its body stays in the store until it is {@linkplain MessageStore#read read}.
 *
 * @param id its place in the order of storing, which is the order of delivery
 * @param messageId the MSRP Message-ID of every SEND of it (RFC 4975 §7.1.1), so that a client can drop a second copy
 * @param sender the URI of the asserted sender, or else of From
 * @param origin how it came
 * @param callId the Call-ID of the original MESSAGE, or of the session that the original SEND came in
 * @param receivedAt when the server received it
 * @param expiresAt when it is no longer worth delivering
 * @param headers the original's end-to-end headers, each one's values in their order, the paths and the Message-ID of a SEND among them;
 *     without Content-Type, Content-Length and Byte-Range
 * @param contentType the type of the body, or null if none was given
 * @param size the body's size in octets
 */
public record DeferredMessage(
        long id,
        String messageId,
        Aor recipient,
        String sender,
        Origin origin,
        String callId,
        Instant receivedAt,
        Instant expiresAt,
        List<Header> headers,
        String contentType,
        long size) {

    /** @throws IllegalArgumentException if the size is negative */
    public DeferredMessage {
        Objects.requireNonNull(messageId, "messageId");
        Objects.requireNonNull(recipient, "recipient");
        Objects.requireNonNull(sender, "sender");
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(callId, "callId");
        Objects.requireNonNull(receivedAt, "receivedAt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        headers = List.copyOf(headers);
        if (size < 0) {
            throw new IllegalArgumentException("a body has no negative size");
        }
    }

    /** When the server received it, as a {@code Date} header says it (seed, step 8; RFC 3261 §20.17). */
    public String date() {
        return SipDate.write(receivedAt);
    }

    /** The media type of its body, without parameters. */
    public String mediaType() {
        return MediaType.of(contentType);
    }

    /** The first value of a header. */
    public Optional<String> header(String name) {
        return headers.stream()
                .filter(header -> header.is(name))
                .map(Header::value)
                .findFirst();
    }
}
