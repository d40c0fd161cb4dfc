package im.deferred.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import im.deferred.app.Database;
import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpTls;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayAccess;
import im.deferred.msrp.RelayGrant;
import im.deferred.settings.RelayAccounts;
import jakarta.persistence.EntityManagerFactory;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server as a relay: for the accounts that an operator wrote into its database, over TLS. */
class RelayIT {

    private static final String REALM = "example.test";

    @TempDir
    private Path dataDir;

    private Configured configured;
    private ServerProcess process;
    private MsrpEndpoint client;
    private Fingerprint fingerprint;

    @BeforeEach
    void start() throws Exception {
        writeAccount("bob", "s3cret");
        configured = new Configured(dataDir).set("relay.enabled", "true");
        process = new ServerProcess(configured).start();
        KeyStore store = keyStore();
        fingerprint = Fingerprint.of(store.getCertificate(store.aliases().nextElement()));
        client = new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, new MsrpTls(keys(store), null));
    }

    @AfterEach
    void stop() {
        if (client != null) {
            client.close();
        }
        if (process != null) {
            process.close();
        }
    }

    @Test
    void r03_userWithAnAccountIsGrantedAUri() throws Exception {
        RelayGrant grant = authorize("bob", "s3cret");

        assertThat(grant.expires()).isEqualTo(Duration.ofMinutes(5));
        assertThat(grant.usePath()).singleElement().satisfies(uri -> {
            assertThat(uri.secure()).isTrue();
            assertThat(uri.host()).isEqualTo("127.0.0.1");
            assertThat(uri.port()).isEqualTo(port());
            assertThat(uri.sessionId()).isNotEmpty();
        });
    }

    @Test
    void r02_nobodyElseIs() {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> authorize("bob", "guess"))
                .withMessageContaining("401");
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> authorize("alice", "s3cret"))
                .withMessageContaining("401");
    }

    private RelayGrant authorize(String user, String password) throws Exception {
        MsrpUri relay = new MsrpUri(true, "127.0.0.1", port(), null);
        return client.authorize(
                        client.newUri(true, "127.0.0.1", MsrpUri.DEFAULT_PORT),
                        new RelayAccess(relay, Set.of(fingerprint), user, password, Duration.ofMinutes(5)))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private int port() {
        return Integer.parseInt(configured.value("msrp.tls-port"));
    }

    private void writeAccount(String user, String password) {
        JdbcConnectionPool pool = JdbcConnectionPool.create("jdbc:h2:file:" + dataDir.resolve("deferred-im"), "", "");
        try (EntityManagerFactory entities = Database.open(pool)) {
            new RelayAccounts(entities).set(user, REALM, password);
        } finally {
            pool.dispose();
        }
    }

    private KeyStore keyStore() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(dataDir.resolve("tls.p12"))) {
            store.load(in, password());
        }
        return store;
    }

    private KeyManagerFactory keys(KeyStore store) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password());
        return keys;
    }

    private char[] password() throws Exception {
        return Files.readString(dataDir.resolve("tls.password")).toCharArray();
    }
}
