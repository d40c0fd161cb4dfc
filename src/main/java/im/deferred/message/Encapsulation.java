package im.deferred.message;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A deferred message as the content of an MSRP SEND (seed, step 8): the head written anew from what was kept of the original, the
 * body as it came, read in pieces. One reader at a time.
 */
public final class Encapsulation {

    /** The forms that deferred messages are sent in; which of them serve for one, and in what order, its {@link Origin} says. */
    public enum Form {
        /** The whole SIP request (RFC 3261 §27.5). */
        SIP("message/sip"),
        /** The SIP request without its start line (RFC 3420 §2.1). */
        SIPFRAG("message/sipfrag"),
        /** The whole SEND, its chunks put together (RFC 4975). */
        MSRP("message/msrp"),
        /** The body alone, with From, To and DateTime (RFC 3862). */
        CPIM("message/cpim");

        private final String contentType;

        Form(String contentType) {
            this.contentType = contentType;
        }

        /** The form's media type, in lower case, without parameters. */
        public String contentType() {
            return contentType;
        }
    }

    private static final String CRLF = "\r\n";

    private final byte[] head;
    private final Body body;
    private final byte[] tail;
    private final long length;

    private byte[] piece = new byte[0];
    private long pieceStart;

    /** The message in that form; a message whose body is message/cpim already is that form by itself. */
    public Encapsulation(DeferredMessage message, Form form, Body body) {
        this.body = body;
        this.head = head(message, form).getBytes(StandardCharsets.UTF_8);
        this.tail = tail(message, form).getBytes(StandardCharsets.UTF_8);
        this.length = head.length + message.size() + tail.length;
    }

    /** Its size, in octets. */
    public long length() {
        return length;
    }

    /**
     * Part of it. Reads no more of the body than one piece of the store, and keeps that for the next call.
     *
     * @param offset where to begin, from 0
     * @param max how many octets at most, at least 1
     * @return at least one octet, fewer than asked for where the head, a piece of the body or all of it ends; none at the end
     * @throws IllegalStateException if the message was deleted meanwhile
     */
    public byte[] read(long offset, int max) {
        if (offset >= length) {
            return new byte[0];
        }
        if (offset < head.length) {
            return part(head, offset, max);
        }
        if (offset >= length - tail.length) {
            return part(tail, offset - (length - tail.length), max);
        }
        long bodyOffset = offset - head.length;
        if (bodyOffset < pieceStart || bodyOffset >= pieceStart + piece.length) {
            pieceStart = bodyOffset - bodyOffset % MessageStore.PIECE;
            piece = body.read(pieceStart, MessageStore.PIECE);
        }
        return part(piece, bodyOffset - pieceStart, max);
    }

    private static byte[] part(byte[] octets, long offset, int max) {
        int start = (int) offset;
        return Arrays.copyOfRange(octets, start, start + Math.min(max, octets.length - start));
    }

    private static String head(DeferredMessage message, Form form) {
        return switch (form) {
            case SIP -> "MESSAGE " + message.recipient() + " SIP/2.0" + CRLF + sipHeaders(message);
            case SIPFRAG -> sipHeaders(message);
            case MSRP -> "MSRP " + transactionId(message) + " SEND" + CRLF + sendHeaders(message);
            case CPIM -> isCpim(message) ? "" : cpimHeaders(message);
        };
    }

    private static String tail(DeferredMessage message, Form form) {
        return form == Form.MSRP ? CRLF + "-------" + transactionId(message) + "$" + CRLF : "";
    }

    private static String sipHeaders(DeferredMessage message) {
        Header length = new Header("Content-Length", Long.toString(message.size()));
        return lines(Stream.of(shown(message), contentType(message), Stream.of(length))
                .flatMap(part -> part));
    }

    /** RFC 4975 §9: the paths first, as they were kept, the MIME headers last. */
    private static String sendHeaders(DeferredMessage message) {
        Header range = new Header("Byte-Range", "1-%1$d/%1$d".formatted(message.size()));
        return lines(Stream.of(
                        shown(message).filter(header -> !isMime(header)),
                        Stream.of(range),
                        message.headers().stream().filter(Encapsulation::isMime),
                        contentType(message))
                .flatMap(part -> part));
    }

    /**
     * Must not occur in the body behind seven hyphens (RFC 4975 §7.1). The body is not searched for it: ours is random, and was chosen when
     * the body had come. It is the same whenever the message is sent.
     */
    private static String transactionId(DeferredMessage message) {
        return message.messageId();
    }

    /** The headers that the recipient may see, and when the message came if its sender does not say. */
    private static Stream<Header> shown(DeferredMessage message) {
        boolean anonymous = asksForPrivacy(message);
        Stream<Header> kept = message.headers().stream().filter(header -> !(anonymous && isIdentity(header)));
        return message.header("Date").isPresent()
                ? kept
                : Stream.concat(kept, Stream.of(new Header("Date", message.date())));
    }

    /** RFC 3862 §2: the message's own headers, then the MIME headers of the content. */
    private static String cpimHeaders(DeferredMessage message) {
        List<Cpim.Field> headers = new ArrayList<>();
        headers.add(new Cpim.Field("From", Addresses.cpim(message.header("From").orElse(message.sender()))));
        headers.add(new Cpim.Field(
                "To",
                Addresses.cpim(message.header("To").orElse(message.recipient().uri()))));
        headers.add(new Cpim.Field("DateTime", DateTimeFormatter.ISO_INSTANT.format(sent(message))));
        message.header("Subject").ifPresent(text -> headers.add(new Cpim.Field("Subject", Cpim.escape(text))));
        Stream<Header> mime = message.headers().stream().filter(Encapsulation::isMime);
        return new Cpim(headers, Stream.concat(contentType(message), mime).toList()).head();
    }

    private static Instant sent(DeferredMessage message) {
        return message.header("Date")
                .flatMap(SipDate::read)
                .orElse(message.receivedAt().truncatedTo(ChronoUnit.MILLIS));
    }

    private static String lines(Stream<Header> headers) {
        StringBuilder lines = new StringBuilder();
        headers.forEach(header -> lines.append(header).append(CRLF));
        return lines.append(CRLF).toString();
    }

    private static Stream<Header> contentType(DeferredMessage message) {
        return Stream.ofNullable(message.contentType()).map(type -> new Header("Content-Type", type));
    }

    private static boolean isCpim(DeferredMessage message) {
        return MediaType.is(message.contentType(), Form.CPIM.contentType());
    }

    /** RFC 3325 §9.3: {@code Privacy: id} hides the asserted identity from those outside the trust domain. */
    private static boolean asksForPrivacy(DeferredMessage message) {
        return message.headers().stream()
                .filter(header -> header.is("Privacy"))
                .flatMap(header -> Stream.of(header.value().split("[;,]")))
                .anyMatch(value -> value.strip().equalsIgnoreCase("id"));
    }

    private static boolean isMime(Header header) {
        return header.name().toLowerCase(Locale.ROOT).startsWith("content-");
    }

    private static boolean isIdentity(Header header) {
        return header.is("P-Asserted-Identity") || header.is("P-Preferred-Identity");
    }
}
