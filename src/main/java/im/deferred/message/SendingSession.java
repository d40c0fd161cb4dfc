package im.deferred.message;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.servlet.sip.Address;
import javax.servlet.sip.ServletParseException;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.URI;

/**
 * The MSRP session in which a user sends messages to another one: what its INVITE tells of each of them, since a SEND itself names
 * nobody.
 *
 * @param recipient whom the INVITE was for
 * @param sender the URI of the asserted sender, or else of From
 * @param callId the session's Call-ID
 * @param headers From, To, P-Asserted-Identity and Privacy, and the Contact of a focus
 */
public record SendingSession(Aor recipient, String sender, String callId, List<Header> headers) {

    /** What a SEND is not asked for: who speaks is told by the session; the rest is between two hops (RFC 4975 §9, RFC 4976 §7.2). */
    private static final Set<String> NOT_KEPT = Set.of(
            "from",
            "to",
            "p-asserted-identity",
            "p-preferred-identity",
            "to-path",
            "from-path",
            "message-id",
            "byte-range",
            "success-report",
            "failure-report",
            "status",
            "content-type",
            "content-length",
            "use-path",
            "expires",
            "min-expires",
            "max-expires",
            "www-authenticate",
            "authorization",
            "authentication-info");

    /** The headers stay as they are. */
    public SendingSession {
        headers = List.copyOf(headers);
    }

    /**
     * The session that an INVITE of the core asks for.
     *
     * @param owners the user whose temporary GRUU a URI is
     * @throws RefusedException 400, 404 or 416 if it cannot be read, or its target is no user
     */
    public static SendingSession of(SipServletRequest invite, Function<URI, Optional<Aor>> owners)
            throws RefusedException {
        try {
            return new SendingSession(
                    MessageReader.recipient(invite.getRequestURI(), owners),
                    MessageReader.sender(invite),
                    invite.getCallId(),
                    headers(invite));
        } catch (ServletParseException | IllegalArgumentException e) {
            throw new RefusedException(400, "Bad Header", e);
        }
    }

    private static List<Header> headers(SipServletRequest invite) throws ServletParseException {
        List<Header> headers = new ArrayList<>();
        headers.add(Header.unfolded("From", Addresses.full(invite.getFrom())));
        headers.add(Header.unfolded("To", Addresses.full(invite.getTo())));
        ListIterator<Address> asserted = invite.getAddressHeaders("P-Asserted-Identity");
        while (asserted.hasNext()) {
            headers.add(Header.unfolded("P-Asserted-Identity", Addresses.full(asserted.next())));
        }
        headers.addAll(MessageReader.focus(invite));
        Iterator<String> privacy = invite.getHeaders("Privacy");
        while (privacy.hasNext()) {
            headers.add(Header.unfolded("Privacy", privacy.next()));
        }
        return headers;
    }

    /** The users whom the core asserts to be the sender, in its order (RFC 3325 §9.1: a SIP URI and a tel URI may stand for one). */
    public List<Aor> asserted() {
        return headers.stream()
                .filter(header -> header.is("P-Asserted-Identity"))
                .map(header -> Addresses.uri(header.value()))
                .flatMap(SendingSession::user)
                .toList();
    }

    private static Stream<Aor> user(String uri) {
        try {
            return Stream.of(new Aor(uri));
        } catch (IllegalArgumentException e) {
            return Stream.empty(); // a service, or somebody of another kind
        }
    }

    /**
     * A message of this session that came as SEND.
     *
     * @param receivedAt when it was whole
     * @param lifetime how long it is worth delivering
     * @throws IllegalArgumentException if a header does not fit a line
     */
    public NewMessage message(SendHead send, Instant receivedAt, Duration lifetime, Body body) {
        Instant received = receivedAt.truncatedTo(ChronoUnit.MILLIS);
        List<Header> ids = List.of(
                new Header("To-Path", send.toPath()),
                new Header("From-Path", send.fromPath()),
                new Header("Message-ID", send.messageId()));
        Stream<Header> own = send.headers().stream()
                .filter(header -> !NOT_KEPT.contains(header.name().toLowerCase(Locale.ROOT)));
        return new NewMessage(
                recipient,
                sender,
                Origin.MSRP_SEND,
                callId,
                List.of(sender, send.messageId()),
                received,
                received.plus(lifetime),
                Stream.of(ids.stream(), headers.stream(), own)
                        .flatMap(part -> part)
                        .toList(),
                send.contentType(),
                body);
    }
}
