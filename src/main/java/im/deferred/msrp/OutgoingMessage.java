package im.deferred.msrp;

import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpSyntax;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A message to send in an {@link MsrpSession}.
 *
 * @param messageId the Message-ID: 4 to 32 characters (RFC 4975 §9, {@code ident})
 * @param contentType the Content-Type, with its parameters
 * @param extensionHeaders further headers such as Date, in their order; they go before the MIME headers (RFC 4975 §9)
 * @param content what is sent
 * @param successReport whether to ask for a success REPORT; the session asks for it by itself when a relay is in the path
 * @param failureReport which responses to ask for
 */
public record OutgoingMessage(
        String messageId,
        String contentType,
        Map<String, String> extensionHeaders,
        MsrpContent content,
        boolean successReport,
        FailureReport failureReport) {
    /** @throws IllegalArgumentException when the Message-ID, the Content-Type or a header could not stand on the wire */
    public OutgoingMessage {
        if (!MsrpSyntax.isIdent(messageId)) {
            throw new IllegalArgumentException("not a Message-ID: " + messageId);
        }
        if (contentType.indexOf('/') < 1 || !MsrpSyntax.isText(contentType)) {
            throw new IllegalArgumentException("not a Content-Type: " + contentType);
        }
        if (!extensionHeaders.isEmpty()) {
            extensionHeaders = Collections.unmodifiableMap(new LinkedHashMap<>(extensionHeaders));
            MsrpHeaders checked = new MsrpHeaders();
            extensionHeaders.forEach(checked::add);
        }
        Objects.requireNonNull(content);
        Objects.requireNonNull(failureReport);
    }

    /** A message of which every chunk is to be answered: {@link FailureReport#YES}, the default of the protocol. */
    public OutgoingMessage(
            String messageId,
            String contentType,
            Map<String, String> extensionHeaders,
            MsrpContent content,
            boolean successReport) {
        this(messageId, contentType, extensionHeaders, content, successReport, FailureReport.YES);
    }
}
