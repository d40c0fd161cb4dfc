package im.deferred.msrp;

import java.util.Objects;

/**
 * What makes an endpoint a relay (RFC 4976).
 *
 * @param uri how clients and peers reach it: the URI without a session id that stands before each one it grants
 * @param realm of the credentials of its clients
 * @param authOverTcp whether clients may authenticate without TLS; for tests, and for networks that are safe by other means
 * @param limits what one client may ask of it
 */
public record RelaySettings(MsrpUri uri, String realm, boolean authOverTcp, RelayLimits limits) {
    /** @throws IllegalArgumentException when the URI has a session id, or no port */
    public RelaySettings {
        if (uri.sessionId() != null || uri.port() == MsrpUri.NO_PORT) {
            throw new IllegalArgumentException("not the URI of a relay, with a port and no session id: " + uri);
        }
        Objects.requireNonNull(realm);
        Objects.requireNonNull(limits);
    }
}
