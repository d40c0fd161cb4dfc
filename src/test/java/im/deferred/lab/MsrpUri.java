package im.deferred.lab;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An MSRP URI (RFC 4975 §6).
 *
 * @param secure whether the scheme is {@code msrps}
 * @param host the host, as written
 * @param port the port, or -1 where there is none
 * @param session the session id; empty where there is none
 */
record MsrpUri(boolean secure, String host, int port, String session) {

    static final int DEFAULT_PORT = 2855;

    private static final Pattern FORM =
            Pattern.compile("(?i)(msrps?)://(?:[^@/]*@)?(\\[[^]]+]|[^:/;]+)(?::(\\d+))?(?:/([^;]*))?;tcp(?:;.*)?");

    static MsrpUri parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException("not an MSRP URI: " + text);
        }
        return new MsrpUri(
                form.group(1).equalsIgnoreCase("msrps"),
                form.group(2),
                form.group(3) == null ? -1 : Integer.parseInt(form.group(3)),
                form.group(4) == null ? "" : form.group(4));
    }

    /** The URIs of a path, as in To-Path or {@code a=path}. */
    static List<MsrpUri> path(String text) {
        return List.of(text.strip().split(" +")).stream().map(MsrpUri::parse).toList();
    }

    Optional<InetSocketAddress> address() {
        return SipUri.parse("sip:" + host + ":" + (port < 0 ? DEFAULT_PORT : port))
                .address();
    }

    /** RFC 4975 §6.1. */
    boolean means(MsrpUri other) {
        return secure == other.secure
                && host.equalsIgnoreCase(other.host)
                && port == other.port
                && session.equals(other.session);
    }

    @Override
    public String toString() {
        return (secure ? "msrps" : "msrp") + "://" + host + (port < 0 ? "" : ":" + port) + "/" + session + ";tcp";
    }
}
