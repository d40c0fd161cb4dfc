package im.deferred.message;

import java.util.List;
import java.util.Objects;

/**
 * The head of an MSRP SEND as it came (RFC 4975 §7.1); of a message in several chunks, the head of one of them.
 *
 * @param toPath its To-Path
 * @param fromPath its From-Path
 * @param messageId its Message-ID, to the letter
 * @param contentType its Content-Type
 * @param headers its further headers in their order; those named above may be among them
 */
public record SendHead(String toPath, String fromPath, String messageId, String contentType, List<Header> headers) {

    /** None of them is missing. */
    public SendHead {
        Objects.requireNonNull(toPath, "toPath");
        Objects.requireNonNull(fromPath, "fromPath");
        Objects.requireNonNull(messageId, "messageId");
        Objects.requireNonNull(contentType, "contentType");
        headers = List.copyOf(headers);
    }
}
