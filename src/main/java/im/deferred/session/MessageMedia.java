package im.deferred.session;

import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.Role;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The {@code m=message} part of an SDP: what one end says of its side of an MSRP session (RFC 4975 §8, RFC 6135 §4.2,
 * RFC 6714, RFC 8122).
 *
 * @param port of the {@code m=} line; 0 is a rejected stream
 * @param secure whether the stream is {@code TCP/TLS/MSRP}
 * @param path relays first, the end itself last; one URI or more
 * @param acceptTypes media types in lower case, or {@code *}
 * @param acceptWrappedTypes the same for types only inside wrappers; may be empty
 * @param maxSize the largest message taken, in octets
 * @param setup who connects, where the SDP says it
 * @param receives whether this end takes content ({@code recvonly} or {@code sendrecv})
 * @param fingerprints of the certificates that this end may show (RFC 8122 §5); without those of weak hash functions
 * @param cema whether this end speaks CEMA (RFC 6714)
 * @param address of the {@code c=} line: a name or an address
 */
record MessageMedia(
        int port,
        boolean secure,
        List<MsrpUri> path,
        List<String> acceptTypes,
        List<String> acceptWrappedTypes,
        OptionalLong maxSize,
        Optional<Setup> setup,
        boolean receives,
        Set<Fingerprint> fingerprints,
        boolean cema,
        Optional<String> address) {

    private static final int MAX_LENGTH = 64 * 1024;
    private static final int MAX_LINES = 500;
    private static final String TCP = "TCP/MSRP";
    private static final String TLS = "TCP/TLS/MSRP";
    /** Of one host: the addresses of many have a slash (RFC 4566 §5.7). */
    private static final Pattern CONNECTION = Pattern.compile("IN IP[46] [A-Za-z0-9.:_-]+");

    private static final Set<String> DIRECTIONS = Set.of("sendrecv", "sendonly", "recvonly", "inactive");

    /**
     * Reads the first {@code m=message} of an SDP (RFC 4566).
     *
     * @throws SdpException if there is none, or it lacks what RFC 4975 §8 asks for
     */
    static MessageMedia parse(String sdp) throws SdpException {
        if (sdp.length() > MAX_LENGTH) {
            throw new SdpException("SDP is too long");
        }
        String[] lines = sdp.split("\r?\n", MAX_LINES + 1);
        if (lines.length > MAX_LINES || !lines[0].equals("v=0")) {
            throw new SdpException(lines.length > MAX_LINES ? "SDP has too many lines" : "SDP does not begin with v=0");
        }
        Part session = new Part();
        Part media = null;
        String[] message = null;
        for (String line : lines) {
            if (line.isEmpty()) {
                continue;
            }
            if (line.length() < 2 || line.charAt(1) != '=' || line.indexOf('\r') >= 0) {
                throw new SdpException("SDP has a line that is none");
            }
            if (line.startsWith("m=")) {
                if (message != null) {
                    break;
                }
                media = new Part();
                if (line.startsWith("m=message ")) {
                    message = line.substring(2).trim().split(" +");
                }
            } else {
                (media == null ? session : media).take(line);
            }
        }
        if (message == null) {
            throw new SdpException("SDP has no m=message");
        }
        return read(message, media.over(session));
    }

    private static MessageMedia read(String[] message, Part part) throws SdpException {
        if (message.length < 4 || !message[2].equals(TCP) && !message[2].equals(TLS)) {
            throw new SdpException("m=message is not over TCP/MSRP or TCP/TLS/MSRP");
        }
        int port = (int) number("the port of m=message", message[1], 65535);
        boolean rejected = port == 0;
        boolean secure = message[2].equals(TLS);
        List<MsrpUri> path = path(part.value("path").orElse(""));
        List<String> acceptTypes = types(part.value("accept-types"));
        if (!rejected && (path.isEmpty() || acceptTypes.isEmpty())) {
            throw new SdpException(path.isEmpty() ? "SDP has no a=path" : "SDP has no a=accept-types");
        }
        Optional<String> maxSize = part.value("max-size");
        Optional<String> setup = part.value("setup");
        return new MessageMedia(
                port,
                secure,
                path,
                acceptTypes,
                types(part.value("accept-wrapped-types")),
                maxSize.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(number("a=max-size", maxSize.get(), Long.MAX_VALUE)),
                setup.isEmpty() ? Optional.empty() : Optional.of(Setup.parse(setup.get())),
                part.value("sendonly").isEmpty() && part.value("inactive").isEmpty(),
                fingerprints(part.values("fingerprint")),
                part.value("msrp-cema").isPresent(),
                address(part.connection));
    }

    private static List<MsrpUri> path(String value) throws SdpException {
        List<MsrpUri> path = new ArrayList<>();
        try {
            for (String uri : words(value)) {
                path.add(MsrpUri.parse(uri));
            }
        } catch (IllegalArgumentException e) {
            throw new SdpException("a=path has a URI that is none", e);
        }
        return List.copyOf(path);
    }

    private static Set<Fingerprint> fingerprints(List<String> values) throws SdpException {
        Set<Fingerprint> fingerprints = new HashSet<>();
        try {
            for (String value : values) {
                Fingerprint.parse(value).ifPresent(fingerprints::add);
            }
        } catch (IllegalArgumentException e) {
            throw new SdpException("a=fingerprint is none", e);
        }
        return Set.copyOf(fingerprints);
    }

    /** Of a line such as {@code c=IN IP6 2001:db8::1}, without its {@code c=}. */
    private static Optional<String> address(String connection) throws SdpException {
        if (connection == null) {
            return Optional.empty();
        }
        if (!CONNECTION.matcher(connection).matches()) {
            throw new SdpException("c= has no address");
        }
        return Optional.of(connection.substring(connection.lastIndexOf(' ') + 1));
    }

    /** The lines that hold for the session, or for one medium of it. */
    private static final class Part {
        private final Map<String, List<String>> attributes = new HashMap<>();
        private String connection;

        void take(String line) {
            if (line.startsWith("c=")) {
                connection = line.substring(2).trim();
            } else if (line.startsWith("a=")) {
                int colon = line.indexOf(':');
                String name = colon < 0 ? line.substring(2) : line.substring(2, colon);
                String value = colon < 0 ? "" : line.substring(colon + 1).trim();
                attributes
                        .computeIfAbsent(name.toLowerCase(Locale.ROOT), first -> new ArrayList<>())
                        .add(value);
            }
        }

        /** What holds for this medium: what it says itself, and what the session says of which it says nothing. */
        Part over(Part session) {
            if (!Collections.disjoint(attributes.keySet(), DIRECTIONS)) {
                session.attributes.keySet().removeAll(DIRECTIONS);
            }
            session.attributes.forEach(attributes::putIfAbsent);
            connection = connection == null ? session.connection : connection;
            return this;
        }

        Optional<String> value(String name) {
            return values(name).stream().findFirst();
        }

        List<String> values(String name) {
            return attributes.getOrDefault(name, List.of());
        }
    }

    /**
     * The offer of an end that only sends (FLOW.md, steps 2–3). One behind a relay names no certificate, since the peer sees that of the
     * relay, and no anchor (RFC 6714 §4).
     *
     * @param id of the session in the {@code o=} line
     * @param local over TLS when the first URI of its path is {@code msrps:}
     * @param certificates that may be shown when it is over TLS
     */
    static String sendOnlyOffer(long id, LocalEnd local, List<String> types, List<Fingerprint> certificates) {
        MsrpUri first = local.path().get(0);
        List<String> lines = new ArrayList<>(List.of(
                "v=0",
                "o=- " + id + " " + id + " IN " + address(local.uri()),
                "s=-",
                "c=IN " + address(first),
                "t=0 0",
                "m=message " + first.portOrDefault() + " " + (first.secure() ? TLS : TCP) + " *",
                "a=path:" + MsrpUri.formatPath(local.path()),
                "a=accept-types:" + String.join(" ", types),
                "a=setup:" + Setup.ACTPASS));
        if (!local.isBehindRelay()) {
            lines.add("a=msrp-cema");
            if (first.secure()) {
                certificates.forEach(certificate -> lines.add("a=fingerprint:" + certificate));
            }
        }
        lines.add("a=sendonly");
        return String.join("\r\n", lines) + "\r\n";
    }

    private static String address(MsrpUri uri) {
        return (uri.host().contains(":") ? "IP6 " : "IP4 ") + uri.host();
    }

    /**
     * What an offer and this answer to it come to: an active answerer connects to us, or to the relay before us, a passive one, or one that
     * says nothing, waits for us (RFC 6135 §4.2). The fingerprints are those of whom we connect to only where no relay is between (RFC 4975 §14.4); nor is there an
     * anchor before a relay (RFC 6714 §4).
     *
     * @param local what was offered
     * @param setupTimeout how long the two ends have to connect
     */
    MsrpAgreement agreement(LocalEnd local, IncomingHandler incoming, Duration setupTimeout) {
        Role role = setup.filter(Setup.ACTIVE::equals).isPresent() ? Role.PASSIVE : Role.ACTIVE;
        long maxLength = maxSize.orElse(Long.MAX_VALUE);
        if (local.relay().isPresent()) {
            return MsrpAgreement.behind(local.relay().get(), path, role, incoming, setupTimeout)
                    .withMaxLength(maxLength);
        }
        boolean direct = path.size() == 1;
        MsrpAgreement agreement = new MsrpAgreement(local.uri(), path, role, incoming, setupTimeout)
                .withMaxLength(maxLength)
                .withFingerprints(secure && direct ? fingerprints : Set.of());
        return cema
                ? agreement.withCema(
                        address.filter(host -> direct).map(host -> InetSocketAddress.createUnresolved(host, port)))
                : agreement;
    }

    /** Whether a type without parameters may be sent (RFC 4975 §8.6: {@code *} takes all, {@code text/*} a whole class). */
    boolean accepts(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        return acceptTypes.contains("*")
                || acceptTypes.contains(lower)
                || acceptTypes.contains(lower.substring(0, lower.indexOf('/') + 1) + "*");
    }

    /**
     * Whether a type may be sent inside a wrapper that {@link #accepts} takes (RFC 4975 §8.6). A client that lists wrappers alone,
     * and nothing for inside, would take nothing at all if it meant it: that one takes anything.
     */
    boolean acceptsWrapped(String type) {
        boolean saysNothing = acceptWrappedTypes.isEmpty()
                && acceptTypes.stream().allMatch(accepted -> accepted.startsWith("message/"));
        return saysNothing
                || accepts(type)
                || acceptWrappedTypes.contains("*")
                || acceptWrappedTypes.contains(type.toLowerCase(Locale.ROOT));
    }

    /** Its {@code a=accept-types}, and what it takes inside of wrappers alone. */
    String acceptsAsText() {
        String types = String.join(" ", acceptTypes);
        return acceptWrappedTypes.isEmpty()
                ? types
                : types + ", inside of these " + String.join(" ", acceptWrappedTypes);
    }

    private static long number(String name, String value, long most) throws SdpException {
        try {
            long number = Long.parseLong(value);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new SdpException(name + " is no number", e);
        }
        throw new SdpException(name + " is out of bounds");
    }

    private static List<String> types(Optional<String> value) {
        return words(value.orElse("").toLowerCase(Locale.ROOT));
    }

    private static List<String> words(String value) {
        String trimmed = value.trim();
        return trimmed.isEmpty() ? List.of() : List.of(trimmed.split("[ \t]+"));
    }
}
