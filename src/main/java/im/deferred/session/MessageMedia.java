package im.deferred.session;

import im.deferred.msrp.MsrpUri;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The {@code m=message} part of an SDP: what one end says of its side of an MSRP session (RFC 4975 §8, RFC 6135 §4.2).
 *
 * @param port of the {@code m=} line; 0 is a rejected stream
 * @param secure whether the stream is {@code TCP/TLS/MSRP}
 * @param path relays first, the end itself last; one URI or more
 * @param acceptTypes media types in lower case, or {@code *}
 * @param acceptWrappedTypes the same for types only inside wrappers; may be empty
 * @param maxSize the largest message taken, in octets
 * @param setup who connects, where the SDP says it
 * @param receives whether this end takes content ({@code recvonly} or {@code sendrecv})
 */
record MessageMedia(
        int port,
        boolean secure,
        List<MsrpUri> path,
        List<String> acceptTypes,
        List<String> acceptWrappedTypes,
        OptionalLong maxSize,
        Optional<Setup> setup,
        boolean receives) {

    private static final int MAX_LENGTH = 64 * 1024;
    private static final int MAX_LINES = 500;
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
        Map<String, String> session = new HashMap<>();
        Map<String, String> media = null;
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
                media = new HashMap<>();
                if (line.startsWith("m=message ")) {
                    message = line.substring(2).trim().split(" +");
                }
            } else if (line.startsWith("a=")) {
                int colon = line.indexOf(':');
                String name = colon < 0 ? line.substring(2) : line.substring(2, colon);
                String value = colon < 0 ? "" : line.substring(colon + 1).trim();
                (media == null ? session : media).putIfAbsent(name.toLowerCase(Locale.ROOT), value);
            }
        }
        if (message == null) {
            throw new SdpException("SDP has no m=message");
        }
        if (!Collections.disjoint(media.keySet(), DIRECTIONS)) {
            session.keySet().removeAll(DIRECTIONS);
        }
        session.putAll(media);
        return read(message, session);
    }

    private static MessageMedia read(String[] message, Map<String, String> attributes) throws SdpException {
        if (message.length < 4 || !message[2].equals("TCP/MSRP") && !message[2].equals("TCP/TLS/MSRP")) {
            throw new SdpException("m=message is not over TCP/MSRP or TCP/TLS/MSRP");
        }
        int port = (int) number("the port of m=message", message[1], 65535);
        boolean rejected = port == 0;
        List<MsrpUri> path = new ArrayList<>();
        try {
            for (String uri : words(attributes.getOrDefault("path", ""))) {
                path.add(MsrpUri.parse(uri));
            }
        } catch (IllegalArgumentException e) {
            throw new SdpException("a=path has a URI that is none", e);
        }
        List<String> acceptTypes = types(attributes.get("accept-types"));
        if (!rejected && (path.isEmpty() || acceptTypes.isEmpty())) {
            throw new SdpException(path.isEmpty() ? "SDP has no a=path" : "SDP has no a=accept-types");
        }
        String maxSize = attributes.get("max-size");
        String setup = attributes.get("setup");
        return new MessageMedia(
                port,
                message[2].equals("TCP/TLS/MSRP"),
                List.copyOf(path),
                acceptTypes,
                types(attributes.get("accept-wrapped-types")),
                maxSize == null ? OptionalLong.empty() : OptionalLong.of(number("a=max-size", maxSize, Long.MAX_VALUE)),
                setup == null ? Optional.empty() : Optional.of(Setup.parse(setup)),
                !attributes.containsKey("sendonly") && !attributes.containsKey("inactive"));
    }

    /**
     * The offer of an end that only sends (FLOW.md, steps 2–3).
     *
     * @param id of the session in the {@code o=} line
     */
    static String sendOnlyOffer(long id, MsrpUri local, List<String> types) {
        String address = (local.host().contains(":") ? "IP6 " : "IP4 ") + local.host();
        return String.join(
                "\r\n",
                "v=0",
                "o=- " + id + " " + id + " IN " + address,
                "s=-",
                "c=IN " + address,
                "t=0 0",
                "m=message " + local.port() + (local.secure() ? " TCP/TLS/MSRP *" : " TCP/MSRP *"),
                "a=path:" + local,
                "a=accept-types:" + String.join(" ", types),
                "a=setup:" + Setup.ACTPASS,
                "a=sendonly",
                "");
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

    private static List<String> types(String value) {
        return value == null ? List.of() : words(value.toLowerCase(Locale.ROOT));
    }

    private static List<String> words(String value) {
        String trimmed = value.trim();
        return trimmed.isEmpty() ? List.of() : List.of(trimmed.split("[ \t]+"));
    }
}
