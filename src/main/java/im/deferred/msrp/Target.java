package im.deferred.msrp;

import java.net.InetSocketAddress;
import java.util.Set;

/**
 * What a connection is made to, and whom it must find there: sessions of the same target share a connection, others do not.
 *
 * @param secure whether over TLS
 * @param host where to connect: a name or an address
 * @param port where to connect
 * @param name for which an authority must have issued the certificate when there are no fingerprints
 * @param fingerprints one of which the certificate must have, whoever issued it; empty when an authority is to be asked
 */
record Target(boolean secure, String host, int port, String name, Set<Fingerprint> fingerprints) {
    /** The host of a URI, known by its name. */
    static Target of(MsrpUri uri) {
        return new Target(uri.secure(), uri.host(), uri.portOrDefault(), uri.host(), Set.of());
    }

    /** Where the active end of a session connects (RFC 4975 §5.4, RFC 6714 §4.3). */
    static Target of(MsrpAgreement agreement) {
        MsrpUri next = agreement.remotePath().get(0);
        InetSocketAddress address = agreement
                .connectAddress()
                .orElseGet(() -> InetSocketAddress.createUnresolved(next.host(), next.portOrDefault()));
        return new Target(
                next.secure(), address.getHostString(), address.getPort(), next.host(), agreement.fingerprints());
    }

    @Override
    public String toString() {
        return (secure ? "msrps://" : "msrp://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
