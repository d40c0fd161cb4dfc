package im.deferred.message;

import im.deferred.core.Aor;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the sender of a {@code message/cpim} wants to be told of it (RFC 5438 §6, §7.1.1), if anybody may be told.
 *
 * <p>Nobody is told about a notification (RFC 5438 §14), about what a program sent by itself (Auto-Submitted, RFC 3834), or about a
 * message of a group: its focus says so in Contact (RFC 3840 §10.18), or the sender that the message names is not the one that the
 * core asserts. A list or group that wants to be told has put itself into IMDN-Record-Route. Nobody is told either who hides in
 * From (RFC 3323 §4.1.1.3); one who hides in the CPIM alone, as clients do by custom, is told by way of From.
 *
 * @param recipient of the message
 * @param sender who asks: whom the core asserts, or else From
 * @param messageId how the sender calls the message
 * @param dateTime when it was sent, as the sender wrote it
 * @param dispositions what the sender wants to know
 * @param from the sender as an address of CPIM, as it stands there
 * @param to the recipient in the same way
 * @param originalTo the URI of the recipient before anybody changed it
 * @param recordRoute URIs by which notifications go back, the nearest first; may be empty
 */
record ImdnRequest(
        Aor recipient,
        Aor sender,
        String messageId,
        String dateTime,
        Set<String> dispositions,
        String from,
        String to,
        String originalTo,
        List<String> recordRoute) {

    /** Namespace of the headers (RFC 5438 §6). */
    static final String NAMESPACE = "urn:ietf:params:imdn";

    private static final Logger log = LoggerFactory.getLogger(ImdnRequest.class);

    private static final String DISPOSITION = "Disposition-Notification";
    private static final String MESSAGE_ID = "Message-ID";
    private static final String ORIGINAL_TO = "Original-To";
    private static final String RECORD_ROUTE = "IMDN-Record-Route";
    private static final String ROUTE = "IMDN-Route";

    private static final Set<String> UNDERSTOOD = Stream.of(DISPOSITION, MESSAGE_ID, ORIGINAL_TO, RECORD_ROUTE, ROUTE)
            .map(NAMESPACE::concat)
            .collect(Collectors.toUnmodifiableSet());

    /** @throws IllegalArgumentException if what goes into XML or a header is more than visible characters without spaces */
    ImdnRequest {
        dispositions = Set.copyOf(dispositions);
        recordRoute = List.copyOf(recordRoute);
        Stream.concat(Stream.of(messageId, dateTime, uri(to), originalTo), recordRoute.stream())
                .filter(value -> !value.matches("[!-~]+"))
                .findFirst()
                .ifPresent(value -> {
                    throw new IllegalArgumentException("a Message-ID, DateTime or URI that is none");
                });
        if (!recordRoute.stream().allMatch(uri -> uri.matches("(?i)sips?:.+"))) {
            throw new IllegalArgumentException("an IMDN-Record-Route that is no SIP URI");
        }
    }

    /** What is asked with a message that is to be stored, if anything. */
    static Optional<ImdnRequest> of(NewMessage message) {
        if (!isCpim(message.contentType())) {
            return Optional.empty();
        }
        byte[] start = message.body().read(0, MessageStore.PIECE);
        return of(message.recipient(), message.sender(), message.callId(), message.headers(), start);
    }

    /** What was asked with a stored message, if anything; nothing if it is gone. */
    static Optional<ImdnRequest> of(DeferredMessage message, MessageStore store) {
        if (!isCpim(message.contentType())) {
            return Optional.empty();
        }
        byte[] start = store.read(message.id(), 0, MessageStore.PIECE);
        return of(message.recipient(), message.sender(), message.callId(), message.headers(), start);
    }

    /** Whether the sender wants to be told that. */
    boolean asksFor(ImdnStatus status) {
        return dispositions.contains(status.disposition());
    }

    /** The URI of the recipient, as the sender knows it. */
    String recipientUri() {
        return uri(to);
    }

    private static boolean isCpim(String contentType) {
        return MediaType.is(contentType, Encapsulation.Form.CPIM.contentType());
    }

    private static Optional<ImdnRequest> of(
            Aor recipient, String sender, String callId, List<Header> headers, byte[] start) {
        try {
            Cpim cpim = Cpim.parse(start);
            Set<String> dispositions = dispositions(cpim);
            if (dispositions.isEmpty()
                    || isNotification(cpim)
                    || isAutomatic(headers)
                    || isFocus(headers)
                    || !cpim.notUnderstood(UNDERSTOOD).isEmpty()) {
                return Optional.empty();
            }
            ImdnRequest request = read(cpim, recipient, new Aor(sender), dispositions);
            if (!request.isFromItsSender(headers)) {
                log.info("{} for {}: no notifications, its sender hides or is another one", callId, recipient);
                return Optional.empty();
            }
            return Optional.of(request);
        } catch (ParseException | IllegalArgumentException e) {
            log.info("{} for {} asks for no notification that could be made: {}", callId, recipient, e.getMessage());
            return Optional.empty();
        }
    }

    private static ImdnRequest read(Cpim cpim, Aor recipient, Aor sender, Set<String> dispositions)
            throws ParseException {
        List<String> to = values(cpim, Cpim.CORE, "To");
        boolean named = to.size() == 1 && !isAnonymous(uri(to.get(0)));
        String known = named ? to.get(0) : "<" + recipient + ">";
        List<String> recordRoute = new ArrayList<>();
        for (String value : values(cpim, NAMESPACE, RECORD_ROUTE)) {
            recordRoute.add(Cpim.Address.parse(value).uri());
        }
        List<String> originalTo = values(cpim, NAMESPACE, ORIGINAL_TO);
        cpim.dateTime().orElseThrow(() -> new IllegalArgumentException("no DateTime"));
        return new ImdnRequest(
                recipient,
                sender,
                only(values(cpim, NAMESPACE, MESSAGE_ID), "Message-ID"),
                only(values(cpim, Cpim.CORE, "DateTime"), "DateTime"),
                dispositions,
                only(values(cpim, Cpim.CORE, "From"), "From"),
                known,
                originalTo.isEmpty()
                        ? uri(known)
                        : Cpim.Address.parse(originalTo.get(0)).uri(),
                recordRoute);
    }

    private static Set<String> dispositions(Cpim cpim) {
        return values(cpim, NAMESPACE, DISPOSITION).stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .map(value -> value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .filter(value -> !value.isEmpty())
                .collect(Collectors.toSet());
    }

    /** Whether it tells what became of another message (RFC 5438 §7.2.1). */
    private static boolean isNotification(Cpim cpim) {
        return MediaType.is(cpim.contentType(), ImdnNotification.CONTENT_TYPE)
                || cpim.mime().stream()
                        .anyMatch(header -> header.is("Content-Disposition")
                                && MediaType.is(header.value(), ImdnNotification.DISPOSITION));
    }

    private static boolean isAutomatic(List<Header> headers) {
        return headers.stream().anyMatch(header -> header.is("Auto-Submitted") && !MediaType.is(header.value(), "no"));
    }

    private static boolean isFocus(List<Header> headers) {
        return headers.stream().anyMatch(header -> header.is("Contact") && Addresses.isFocus(header.value()));
    }

    private boolean isFromItsSender(List<Header> headers) {
        List<String> asserted = headers.stream()
                .filter(header -> header.is("From") || header.is("P-Asserted-Identity"))
                .map(header -> Addresses.uri(header.value()))
                .toList();
        if (asserted.stream().anyMatch(ImdnRequest::isAnonymous)) {
            return false;
        }
        String named = uri(from);
        return !recordRoute.isEmpty()
                || isAnonymous(named)
                || Stream.concat(Stream.of(sender.uri()), asserted.stream())
                        .anyMatch(uri -> sipUri(uri).equals(sipUri(named)));
    }

    private static boolean isAnonymous(String uri) {
        return uri.toLowerCase(Locale.ROOT).matches(".*@anonymous\\.invalid([:;?].*)?");
    }

    /** The user whom a URI names, one of {@code im:} (RFC 3860) too; the URI itself if it names none. */
    private static String sipUri(String uri) {
        try {
            return new Aor(uri.replaceFirst("(?i)^(im|pres):", "sip:")).uri();
        } catch (IllegalArgumentException e) {
            return uri;
        }
    }

    private static List<String> values(Cpim cpim, String namespace, String name) {
        return cpim.headers(namespace, name).stream().map(Cpim.Field::value).toList();
    }

    private static String only(List<String> values, String name) {
        if (values.size() != 1) {
            throw new IllegalArgumentException("it has " + values.size() + " times " + name);
        }
        return values.get(0);
    }

    private static String uri(String address) {
        try {
            return Cpim.Address.parse(address).uri();
        } catch (ParseException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
