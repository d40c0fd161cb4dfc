package im.deferred.lab;

import java.time.Instant;
import java.util.Optional;

/**
 * A message that came whole over MSRP.
 *
 * @param at when its last chunk came
 * @param call the session in which it came
 * @param send the first SEND of it, with its headers
 * @param body the content, put together from all chunks
 * @param status what the client answered: 200, a refusal, or 0 for nothing
 */
public record ReceivedMessage(Instant at, Call call, MsrpFrame send, byte[] body, int status) {

    /** The MSRP Message-ID. */
    public String messageId() {
        return send.need("Message-ID");
    }

    /** The Date header of the SEND. */
    public Optional<String> date() {
        return send.header("Date");
    }

    /** The Content-Type of the SEND. */
    public String contentType() {
        return send.need("Content-Type");
    }

    /** Whether the client took it. */
    public boolean isAccepted() {
        return status == 200;
    }

    /** The SIP message inside; {@link IllegalArgumentException} when the content is no {@code message/sip(frag)}. */
    public SipMessage encapsulated() {
        if (!isEncapsulatedSip()) {
            throw new IllegalArgumentException("no SIP message inside " + contentType());
        }
        return SipMessage.parse(body);
    }

    /** Whether the content is a {@code message/sip} or {@code message/sipfrag}. */
    public boolean isEncapsulatedSip() {
        return contentType().matches("(?i)message/sip(frag)?\\s*(;.*)?");
    }

    @Override
    public String toString() {
        return messageId() + " " + contentType() + " " + body.length + " bytes, answered " + status;
    }
}
