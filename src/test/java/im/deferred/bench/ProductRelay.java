package im.deferred.bench;

import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayLimits;
import im.deferred.msrp.RelaySettings;
import im.deferred.msrp.auth.Credentials;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

/** Our endpoint as relay, without a limit to what its user may send in a second. */
final class ProductRelay implements Part {
    private final int port;

    ProductRelay() {
        MsrpEndpoint endpoint = new MsrpEndpoint(MsrpLimits.DEFAULTS);
        try {
            port = endpoint.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        RelayLimits usual = RelayLimits.DEFAULTS;
        RelayLimits limits = new RelayLimits(
                usual.minExpires(),
                usual.defaultExpires(),
                usual.maxExpires(),
                usual.nonceLifetime(),
                usual.maxGrants(),
                usual.maxNextHops(),
                usual.waitingOctets(),
                Integer.MAX_VALUE,
                Long.MAX_VALUE);
        endpoint.relay(
                new RelaySettings(new MsrpUri(false, "127.0.0.1", port, null), "bench", true, limits),
                Credentials.of(Map.of("alice", "secret")));
    }

    @Override
    public String command(List<String> words) {
        return Integer.toString(port);
    }
}
