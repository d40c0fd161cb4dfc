package im.deferred.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import im.deferred.app.Database;
import im.deferred.msrp.RelayGrant;
import im.deferred.settings.RelayAccounts;
import jakarta.persistence.EntityManagerFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
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
    private RelayClient client;

    @BeforeEach
    void start() throws Exception {
        writeAccount("bob", "s3cret");
        configured = new Configured(dataDir).set("relay.enabled", "true");
        process = new ServerProcess(configured).start();
        client = new RelayClient(dataDir, port());
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
        RelayGrant grant = client.authorize("bob", "s3cret");

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
                .isThrownBy(() -> client.authorize("bob", "guess"))
                .withMessageContaining("401");
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> client.authorize("alice", "s3cret"))
                .withMessageContaining("401");
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
}
