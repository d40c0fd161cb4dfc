package im.deferred.message;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.ListIterator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.servlet.sip.Address;
import javax.servlet.sip.ServletParseException;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.URI;

/** Reads a SIP MESSAGE as the container hands it out into what is kept of it. */
final class MessageReader {

    private static final Set<String> SCHEMES = Set.of("sip", "sips", "tel");

    /**
     * Hop by hop (RFC 3261 §20, FLOW.md step 8), for the first hop only (RFC 3325 §9.2), or written from what is kept beside the headers.
     */
    private static final Set<String> NOT_KEPT = Set.of(
            "via",
            "route",
            "record-route",
            "path",
            "p-preferred-identity",
            "max-forwards",
            "content-length",
            "content-type",
            "from",
            "to",
            "call-id",
            "cseq");

    private static final Set<String> ADDRESSES = Set.of("p-asserted-identity", "reply-to", "referred-by");

    private final Clock clock;
    private final Duration lifetime;
    private final Function<URI, Optional<Aor>> owners;

    /** @param owners the user whose temporary GRUU a URI is */
    MessageReader(Clock clock, Duration lifetime, Function<URI, Optional<Aor>> owners) {
        this.clock = clock;
        this.lifetime = lifetime;
        this.owners = owners;
    }

    /** @throws RefusedException 400, 404 or 416 if it cannot be read, or its target is no user */
    NewMessage read(SipServletRequest request) throws RefusedException {
        Aor recipient = recipient(request.getRequestURI(), owners);
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        try {
            return new NewMessage(
                    recipient,
                    sender(request),
                    Origin.SIP_MESSAGE,
                    request.getCallId(),
                    List.of(cseq(request), tag(request.getFrom())),
                    now,
                    expiry(now, request),
                    headers(request),
                    contentType(request),
                    body(request));
        } catch (ServletParseException | IllegalArgumentException e) {
            throw new RefusedException(400, "Bad Header", e);
        } catch (IOException e) {
            throw new RefusedException(400, "Bad Body", e);
        }
    }

    /**
     * The user whom the target of a request names.
     *
     * @param owners the user whose temporary GRUU a URI is
     * @throws RefusedException 404 or 416 if it is no user
     */
    static Aor recipient(URI target, Function<URI, Optional<Aor>> owners) throws RefusedException {
        Optional<Aor> owner = owners.apply(target);
        if (owner.isPresent()) {
            return owner.get();
        }
        if (!SCHEMES.contains(target.getScheme().toLowerCase(Locale.ROOT))) {
            throw new RefusedException(416, "Unsupported URI Scheme");
        }
        try {
            return Aor.of(target);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(404, "Not a User", e);
        }
    }

    /** Whom the core asserts (RFC 3325), or else whom From names. */
    static String sender(SipServletRequest request) throws ServletParseException {
        Address asserted = request.getAddressHeader("P-Asserted-Identity");
        return (asserted == null ? request.getFrom() : asserted).getURI().toString();
    }

    private static String cseq(SipServletRequest request) {
        return Long.toString(Long.parseLong(request.getHeader("CSeq").strip().split("\\s+")[0]));
    }

    private static String tag(Address from) {
        String tag = from.getParameter("tag");
        return tag == null ? "" : tag;
    }

    /**
     * RFC 3428 §4: the sender may limit how long the content is good for, from the time that Date tells; a Date to come counts as now.
     *
     * @return now for what is good for now only, or not any more
     */
    private Instant expiry(Instant now, SipServletRequest request) {
        Instant latest = now.plus(lifetime);
        int expires = request.getExpires();
        if (expires < 0) {
            return latest;
        }
        Instant sent = Optional.ofNullable(request.getHeader("Date"))
                .flatMap(SipDate::read)
                .filter(date -> date.isBefore(now))
                .orElse(now);
        Instant asked = sent.plusSeconds(expires);
        return asked.isBefore(now) ? now : asked.isAfter(latest) ? latest : asked;
    }

    private static List<Header> headers(SipServletRequest request) throws ServletParseException {
        List<Header> headers = new ArrayList<>();
        headers.add(Header.unfolded("From", Addresses.full(request.getFrom())));
        headers.add(Header.unfolded("To", Addresses.full(request.getTo())));
        headers.add(Header.unfolded("Call-ID", request.getCallId()));
        headers.add(Header.unfolded("CSeq", request.getHeader("CSeq")));
        Set<String> names = new LinkedHashSet<>();
        request.getHeaderNames().forEachRemaining(name -> names.add(new Header(name, "").name()));
        for (String name : names) {
            String lowerCase = name.toLowerCase(Locale.ROOT);
            if (ADDRESSES.contains(lowerCase)) {
                ListIterator<Address> addresses = request.getAddressHeaders(name);
                while (addresses.hasNext()) {
                    headers.add(Header.unfolded(name, Addresses.full(addresses.next())));
                }
            } else if (lowerCase.equals("contact")) {
                headers.addAll(focus(request));
            } else if (!NOT_KEPT.contains(lowerCase)) {
                Iterator<String> values = request.getHeaders(name);
                while (values.hasNext()) {
                    headers.add(Header.unfolded(name, values.next()));
                }
            }
        }
        return headers;
    }

    /** Of all Contacts only that is kept, as long as the message is, which says that a conference speaks (RFC 4579 §4.1). */
    static List<Header> focus(SipServletRequest request) throws ServletParseException {
        List<Header> focus = new ArrayList<>();
        ListIterator<Address> contacts = request.getAddressHeaders("Contact");
        while (contacts.hasNext()) {
            String contact = Addresses.full(contacts.next());
            if (Addresses.isFocus(contact)) {
                focus.add(Header.unfolded("Contact", contact));
            }
        }
        return focus;
    }

    private static String contentType(SipServletRequest request) {
        String header = request.getHeader("Content-Type");
        return header == null
                ? request.getContentType()
                : Header.unfolded("Content-Type", header).value();
    }

    private static Body body(SipServletRequest request) throws IOException {
        byte[] body = request.getRawContent();
        return Body.of(body == null ? new byte[0] : body);
    }
}
