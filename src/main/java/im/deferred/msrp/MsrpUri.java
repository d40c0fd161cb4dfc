package im.deferred.msrp;

import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * An MSRP URI, {@code msrp[s]://[user@]host[:port][/session-id];transport[;parameter…]} (RFC 4975 §6). Equality is that of §6.1: neither
 * the user nor the parameters are compared, hosts that are addresses are compared by value.
 *
 * @param secure whether the scheme is {@code msrps}
 * @param user the part before {@code @}, or null
 * @param host name or address; an IPv6 address without its brackets
 * @param port 1 to 65535, or {@link #NO_PORT}
 * @param sessionId what names the session at its host, or null
 * @param transport {@code tcp}, in practice
 * @param parameters what follows the transport, each as it stands between the semicolons
 */
public record MsrpUri(
        boolean secure,
        String user,
        String host,
        int port,
        String sessionId,
        String transport,
        List<String> parameters) {
    public static final int NO_PORT = -1;

    /** Where one listens who names no port (RFC 4975 §15.4). */
    public static final int DEFAULT_PORT = 2855;

    private static final String SESSION_ID_MARKS = "-._~+=/";

    public MsrpUri {
        require(host != null && isHost(host), "host", host);
        require(user == null || isVisible(user, "@/;[]"), "user", user);
        require(port == NO_PORT || port >= 1 && port <= 65535, "port", port);
        require(sessionId == null || isSessionId(sessionId), "session id", sessionId);
        require(transport != null && isAlphanumeric(transport), "transport", transport);
        parameters = List.copyOf(parameters);
        for (String parameter : parameters) {
            require(isVisible(parameter, ";"), "parameter", parameter);
        }
    }

    /** A URI without user and parameters, over TCP. */
    public MsrpUri(boolean secure, String host, int port, String sessionId) {
        this(secure, null, host, port, sessionId, "tcp", List.of());
    }

    /**
     * Reads one URI.
     *
     * @throws IllegalArgumentException with the reason when it is not an MSRP URI
     */
    public static MsrpUri parse(String text) {
        boolean secure = text.regionMatches(true, 0, "msrps://", 0, 8);
        if (!secure && !text.regionMatches(true, 0, "msrp://", 0, 7)) {
            throw new IllegalArgumentException("not an MSRP URI (scheme): " + text);
        }
        int start = secure ? 8 : 7;
        int semicolon = text.indexOf(';', start);
        require(semicolon > 0, "transport", text);
        int slash = text.indexOf('/', start);
        boolean hasSession = slash >= 0 && slash < semicolon;
        String authority = text.substring(start, hasSession ? slash : semicolon);
        String sessionId = hasSession ? text.substring(slash + 1, semicolon) : null;

        int at = authority.lastIndexOf('@');
        String user = at < 0 ? null : authority.substring(0, at);
        String hostPort = authority.substring(at + 1);
        boolean literal = hostPort.startsWith("[");
        int close = hostPort.indexOf(']');
        require(!literal || close > 0, "host", text);
        int colon = hostPort.indexOf(':', literal ? close : 0);
        String host = colon < 0 ? hostPort : hostPort.substring(0, colon);
        if (literal) {
            require(host.length() == close + 1 && host.indexOf(':') > 0, "host", text);
            host = host.substring(1, close);
        } else {
            require(hostPort.indexOf(':', colon + 1) < 0 || colon < 0, "host", text);
        }

        List<String> parts =
                new ArrayList<>(Arrays.asList(text.substring(semicolon + 1).split(";", -1)));
        String transport = parts.remove(0);
        int port = colon < 0 ? NO_PORT : port(hostPort.substring(colon + 1), text);
        return new MsrpUri(secure, user, host, port, sessionId, transport, parts);
    }

    /**
     * Reads the URIs of a path header or {@code a=path} line: at least one, separated by spaces.
     *
     * @throws IllegalArgumentException with the reason when one of them is not an MSRP URI
     */
    public static List<MsrpUri> parsePath(String text) {
        List<MsrpUri> path = new ArrayList<>(1);
        for (String uri : text.strip().split(" +")) {
            path.add(parse(uri));
        }
        return List.copyOf(path);
    }

    /** The URIs of a path as one header value. */
    public static String formatPath(List<MsrpUri> path) {
        return String.join(" ", path.stream().map(MsrpUri::toString).toList());
    }

    /** The port to connect to: {@link #DEFAULT_PORT} when none is given. */
    public int portOrDefault() {
        return port == NO_PORT ? DEFAULT_PORT : port;
    }

    /** Equal by RFC 4975 §6.1. */
    @Override
    public boolean equals(Object other) {
        return other instanceof MsrpUri that
                && secure == that.secure
                && port == that.port
                && hasSessionIdOf(that)
                && transport.equalsIgnoreCase(that.transport)
                && sameHost(host, that.host);
    }

    /** Whether both name the same session at their hosts, or both none; takes the same time wherever the ids differ. */
    boolean hasSessionIdOf(MsrpUri that) {
        return sessionId == null || that.sessionId == null
                ? sessionId == that.sessionId
                : new SessionId(sessionId).equals(new SessionId(that.sessionId));
    }

    private static boolean sameHost(String one, String other) {
        if (one.equalsIgnoreCase(other)) {
            return true;
        }
        byte[] address = NetUtil.createByteArrayFromIpAddressString(one);
        return address != null && Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString(other));
    }

    /** The host is left out: one address has many spellings. */
    @Override
    public int hashCode() {
        return 31 * (sessionId == null ? 0 : sessionId.hashCode()) + port;
    }

    /** The URI as it stands on the wire. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(64).append(secure ? "msrps://" : "msrp://");
        if (user != null) {
            text.append(user).append('@');
        }
        if (host.indexOf(':') >= 0) {
            text.append('[').append(host).append(']');
        } else {
            text.append(host);
        }
        if (port != NO_PORT) {
            text.append(':').append(port);
        }
        if (sessionId != null) {
            text.append('/').append(sessionId);
        }
        text.append(';').append(transport);
        parameters.forEach(parameter -> text.append(';').append(parameter));
        return text.toString();
    }

    private static int port(String digits, String text) {
        require(
                !digits.isEmpty() && digits.length() <= 5 && digits.chars().allMatch(c -> c >= '0' && c <= '9'),
                "port",
                text);
        return Integer.parseInt(digits);
    }

    private static boolean isHost(String host) {
        if (host.indexOf(':') >= 0) {
            // A zone ("%eth0") may be any text for NetUtil, even a line break.
            return NetUtil.isValidIpV6Address(host) && isVisible(host, "/;@[]");
        }
        return !host.isEmpty() && host.chars().allMatch(c -> isAlphanumeric(c) || c == '-' || c == '.' || c == '_');
    }

    private static boolean isSessionId(String id) {
        return !id.isEmpty() && id.chars().allMatch(c -> isAlphanumeric(c) || SESSION_ID_MARKS.indexOf(c) >= 0);
    }

    private static boolean isAlphanumeric(String text) {
        return !text.isEmpty() && text.chars().allMatch(MsrpUri::isAlphanumeric);
    }

    private static boolean isAlphanumeric(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private static boolean isVisible(String text, String but) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > ' ' && c < 0x7f && but.indexOf(c) < 0);
    }

    private static void require(boolean condition, String part, Object value) {
        if (!condition) {
            throw new IllegalArgumentException(
                    "not an MSRP URI (" + part.toLowerCase(Locale.ROOT) + "): " + String.valueOf(value));
        }
    }
}
