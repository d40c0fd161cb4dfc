package im.deferred.app;

import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpTls;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.NettyThreads;
import im.deferred.msrp.RelayAccess;
import im.deferred.msrp.RelayLimits;
import im.deferred.msrp.RelaySettings;
import im.deferred.msrp.auth.Credentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's side of MSRP: its endpoint, where that listens, the relay that it may be, and the ends of its sessions. */
final class MsrpNode implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(MsrpNode.class);

    private final Configuration configuration;
    private final String host;
    private final TlsIdentity identity;
    private final MsrpTls tls;
    private final MsrpEndpoint endpoint;

    /**
     * Listens nowhere yet.
     *
     * @param host of the server's MSRP URIs
     * @throws StartException if there is no TLS with the configured keys
     */
    MsrpNode(Configuration configuration, String host) {
        this.configuration = configuration;
        this.host = host;
        this.identity = TlsIdentity.of(configuration);
        this.tls = new MsrpTls(identity.keys(), TlsIdentity.authorities(configuration.tls()));
        this.endpoint =
                new MsrpEndpoint(MsrpLimits.DEFAULTS, Runtime.getRuntime().availableProcessors(), tls);
    }

    MsrpEndpoint endpoint() {
        return endpoint;
    }

    /** The certificates that it may show. */
    List<Fingerprint> fingerprints() {
        return identity.fingerprints();
    }

    /**
     * Listens; as a relay too, if that is configured.
     *
     * @param accounts of the relay
     * @param workers go on when a relay has answered, with SIP
     * @return the ends of the sessions that begin here
     * @throws StartException if it cannot listen there
     */
    LocalEnds open(Credentials accounts, Executor workers) {
        OwnAccount ownAccount = new OwnAccount(accounts);
        if (configuration.relay().enabled()) {
            Configuration.Relay relay = configuration.relay();
            log.info("MSRP relay {}, realm {}", ownRelay(), relay.realm());
            endpoint.relay(
                    new RelaySettings(ownRelay(), relay.realm(), relay.authOverTcp(), RelayLimits.DEFAULTS),
                    ownAccount);
        }
        listen();
        Optional<Supplier<RelayAccess>> access =
                configuration.msrp().relay().map(relay -> relayAccess(relay, ownAccount));
        return new LocalEnds(endpoint, host, configuration.msrp(), access, workers);
    }

    /** Listens on the host's own address if it is one of this machine, else (a public address before a NAT) on all. */
    private void listen() {
        try {
            InetAddress named = InetAddress.getByName(host);
            InetAddress local = NetworkInterface.getByInetAddress(named) == null ? null : named;
            listen(local, "msrp.port", configuration.msrp().port(), null);
            listen(local, "msrp.tls-port", configuration.msrp().tlsPort(), tls);
        } catch (IOException e) {
            throw new StartException("deferred-im.msrp.host = '%s': %s".formatted(host, e.getMessage()), e);
        }
    }

    private void listen(InetAddress local, String key, int port, MsrpTls ofListener) {
        try {
            endpoint.listen(new InetSocketAddress(local, port), ofListener);
        } catch (IOException e) {
            throw new StartException("deferred-im.%s = '%d': %s".formatted(key, port, e.getMessage()), e);
        }
    }

    /** The server's own relay, whether it is one or not. */
    private MsrpUri ownRelay() {
        return new MsrpUri(true, host, configuration.msrp().tlsPort(), null);
    }

    /** The account at the relay that the server's own sessions go through; its own relay needs none that anybody made. */
    private Supplier<RelayAccess> relayAccess(MsrpUri relay, OwnAccount ownAccount) {
        if (configuration.relay().enabled() && relay.equals(ownRelay())) {
            return ownAccount.at(relay, identity.fingerprints());
        }
        Configuration.Msrp configured = configuration.msrp();
        RelayAccess access = new RelayAccess(
                relay, Set.of(), configured.relayUser(), configured.relayPassword(), LocalEnds.RELAY_EXPIRES);
        return () -> access;
    }

    @Override
    public void close() {
        endpoint.close();
        NettyThreads.awaitLast();
    }

    @Override
    public String toString() {
        return "%s:%d, over TLS %d"
                .formatted(
                        host, configuration.msrp().port(), configuration.msrp().tlsPort());
    }
}
