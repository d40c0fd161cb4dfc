package im.deferred.message;

import java.io.ByteArrayOutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * One notification (RFC 5438 §7.2.1.1, §11): from the recipient of a message to its sender, in whose name the server speaks that keeps
 * the recipient's messages. What is made twice of the same values is the same, octet by octet.
 *
 * @param request what the sender asked for
 * @param status what the sender is told
 * @param id its own name, letters, digits and hyphens, that no other notification has
 * @param at when it became true
 */
record ImdnNotification(ImdnRequest request, ImdnStatus status, String id, Instant at) {

    /** The type of what it says. */
    static final String CONTENT_TYPE = "message/imdn+xml";

    /** What it says it is for (RFC 5438 §12.1.1). */
    static final String DISPOSITION = "notification";

    private static final String XML_NAMESPACE = "urn:ietf:params:xml:ns:imdn";

    /** The URI to which it goes: the first of the way back, or the sender (RFC 5438 §7.2.1.1). */
    String target() {
        return isRouted() ? request.recordRoute().get(0) : request.sender().uri();
    }

    /** Whether the way back leads over somebody else. */
    boolean isRouted() {
        return !request.recordRoute().isEmpty();
    }

    /** It as a message like any other, received now. */
    NewMessage message(Instant now, Duration lifetime) {
        String callId = id + "." + status.status();
        return new NewMessage(
                request.sender(),
                request.recipient().uri(),
                Origin.SIP_MESSAGE,
                callId,
                List.of("1", id),
                now,
                now.plus(lifetime),
                List.of(
                        new Header("From", "<" + request.recipient() + ">;tag=" + id),
                        new Header("To", "<" + request.sender() + ">"),
                        new Header("Call-ID", callId),
                        new Header("CSeq", "1 MESSAGE"),
                        new Header("P-Asserted-Identity", "<" + request.recipient() + ">"),
                        new Header("Auto-Submitted", "auto-replied")),
                Encapsulation.Form.CPIM.contentType(),
                Body.of(body()));
    }

    /** The whole {@code message/cpim}. */
    byte[] body() {
        byte[] content = xml().getBytes(StandardCharsets.UTF_8);
        List<Cpim.Field> headers = new ArrayList<>();
        headers.add(new Cpim.Field("From", request.to()));
        headers.add(new Cpim.Field("To", request.from()));
        headers.add(new Cpim.Field("DateTime", DateTimeFormatter.ISO_INSTANT.format(at)));
        headers.add(new Cpim.Field("NS", "imdn <" + ImdnRequest.NAMESPACE + ">"));
        headers.add(new Cpim.Field("imdn.Message-ID", id + "." + status.status()));
        request.recordRoute().forEach(uri -> headers.add(new Cpim.Field("imdn.IMDN-Route", "<" + uri + ">")));
        Cpim head = new Cpim(
                headers,
                List.of(
                        new Header("Content-Type", CONTENT_TYPE),
                        new Header("Content-Disposition", DISPOSITION),
                        new Header("Content-Length", Integer.toString(content.length))));
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(head.head().getBytes(StandardCharsets.UTF_8));
        whole.writeBytes(content);
        return whole.toByteArray();
    }

    /** For the log: which, of whom, by what name. */
    @Override
    public String toString() {
        return "notification %s (%s of %s)".formatted(id, status.status(), request.recipient());
    }

    /** RFC 5438 §11.1.2: the date is that of the message; the two recipients stand together or not at all. */
    private String xml() {
        StringWriter text = new StringWriter();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text);
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeStartElement("imdn");
            xml.writeDefaultNamespace(XML_NAMESPACE);
            write(xml, "message-id", request.messageId());
            write(xml, "datetime", request.dateTime());
            write(xml, "recipient-uri", request.recipientUri());
            write(xml, "original-recipient-uri", request.originalTo());
            xml.writeStartElement(status.notification());
            xml.writeStartElement("status");
            xml.writeEmptyElement(status.status());
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("text can always be written", e);
        }
        return text.toString();
    }

    private static void write(XMLStreamWriter xml, String element, String text) throws XMLStreamException {
        xml.writeStartElement(element);
        xml.writeCharacters(text);
        xml.writeEndElement();
    }
}
