package im.deferred.it;

import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpTls;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayAccess;
import im.deferred.msrp.RelayGrant;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;

/** Whoever wants to use the server as a relay; believes the certificate in the server's data directory. */
final class RelayClient implements AutoCloseable {

    private final int port;
    private final Fingerprint fingerprint;
    private final MsrpEndpoint endpoint;

    /** Of the relay at that port of MSRP over TLS. */
    RelayClient(Path dataDir, int port) throws Exception {
        this.port = port;
        char[] password = Files.readString(dataDir.resolve("tls.password")).toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(dataDir.resolve("tls.p12"))) {
            store.load(in, password);
        }
        fingerprint = Fingerprint.of(store.getCertificate(store.aliases().nextElement()));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        endpoint = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, new MsrpTls(keys, null));
    }

    /** What the relay grants that user; {@link java.util.concurrent.ExecutionException} if nothing. */
    RelayGrant authorize(String user, String password) throws Exception {
        MsrpUri relay = new MsrpUri(true, "127.0.0.1", port, null);
        return endpoint.authorize(
                        endpoint.newUri(true, "127.0.0.1", MsrpUri.DEFAULT_PORT),
                        new RelayAccess(relay, Set.of(fingerprint), user, password, Duration.ofMinutes(5)))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    /** @param arguments the server's data directory, a user and his password; the server's ports are those by default */
    public static void main(String[] arguments) throws Exception {
        try (RelayClient client = new RelayClient(Path.of(arguments[0]), 2856)) {
            System.out.println(
                    "granted: " + client.authorize(arguments[1], arguments[2]).usePath());
        }
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
