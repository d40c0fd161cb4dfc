package im.deferred.lab;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A SIP, SIPS or tel URI (RFC 3261 §19.1, RFC 3966).
 *
 * @param scheme {@code sip}, {@code sips} or {@code tel}
 * @param user the user part or the telephone number; empty where there is none
 * @param host the host in lower case; empty for {@code tel}
 * @param port the port, or -1 where there is none
 * @param parameters the URI parameters by their names in lower case
 */
public record SipUri(String scheme, String user, String host, int port, Map<String, String> parameters) {

    private static final int DEFAULT_PORT = 5060;

    /** Reads a URI; {@link IllegalArgumentException} when it is none of these. */
    public static SipUri parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("not a URI: " + text);
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        String rest = text.substring(colon + 1);
        if (scheme.equals("tel")) {
            List<String> parts = Grammar.split(rest, ';');
            return new SipUri(scheme, parts.get(0), "", -1, Grammar.parameters(parts.subList(1, parts.size())));
        }
        if (!scheme.equals("sip") && !scheme.equals("sips")) {
            throw new IllegalArgumentException("neither a SIP nor a tel URI: " + text);
        }
        int question = rest.indexOf('?');
        int at = rest.indexOf('@');
        List<String> parts = Grammar.split(rest.substring(at + 1, question > at ? question : rest.length()), ';');
        String hostPort = parts.get(0).toLowerCase(Locale.ROOT);
        int portColon = hostPort.lastIndexOf(':');
        boolean hasPort = portColon > hostPort.lastIndexOf(']');
        return new SipUri(
                scheme,
                at < 0 ? "" : rest.substring(0, at),
                hasPort ? hostPort.substring(0, portColon) : hostPort,
                hasPort ? Integer.parseInt(hostPort.substring(portColon + 1)) : -1,
                Grammar.parameters(parts.subList(1, parts.size())));
    }

    /** The URI as an address of record: without port and parameters. */
    public String aor() {
        return scheme.equals("tel") ? "tel:" + user : scheme + ":" + (user.isEmpty() ? "" : user + "@") + host;
    }

    /** Where requests for the URI go, when its host is an address: no names are looked up. */
    Optional<InetSocketAddress> address() {
        String literal = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        if (literal.isEmpty() || !literal.matches("[0-9.]+|[0-9a-f:]*:[0-9a-f:.]*|localhost")) {
            return Optional.empty();
        }
        try {
            return Optional.of(new InetSocketAddress(InetAddress.getByName(literal), port < 0 ? DEFAULT_PORT : port));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
