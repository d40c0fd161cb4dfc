package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static im.deferred.it.Writing.defer;
import static im.deferred.it.Writing.numbered;
import static im.deferred.it.Writing.texts;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.User;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The server over PostgreSQL, with the driver that is in the WAR: the schema is made at the start, and what comes is kept and pushed. */
@ExtendWith(ArquillianExtension.class)
class PostgresqlIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    private static EmbeddedPostgres postgres;

    private User alice;
    private User bob;

    @Deployment(testable = false)
    static WebArchive war() {
        try {
            postgres = EmbeddedPostgres.builder().setPort(Configured.freePort()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return PackagedWar.with(
                "push.idle=PT0.3S",
                "database.url=jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres",
                "database.user=postgres",
                "database.password=postgres");
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @BeforeEach
    void users() {
        alice = scene.user("alice");
        bob = scene.user("bob");
    }

    @Test
    void keepsWhatWaitsAndPushesItInOrder() {
        defer(alice, bob, 20);
        assertThat(scene.server().waiting()).isEqualTo(20);

        bob.register();

        assertThat(texts(bob.awaitMessages(20, SOON))).containsExactly(numbered(1, 20));
        bob.awaitBye(SOON);
        assertThat(scene.server().waiting()).isZero();
    }

    @Test
    void theSameKeyIsStoredOnce() {
        Rest rest = new Rest(scene.server());

        long id = Rest.id(rest.submit(alice.aor(), bob.aor(), "once", "Idempotency-Key", "\"k1\""));

        assertThat(Rest.id(rest.submit(alice.aor(), bob.aor(), "once", "Idempotency-Key", "\"k1\"")))
                .isEqualTo(id);
        bob.register();
        assertThat(bob.awaitMessages(1, SOON)).hasSize(1);
        bob.awaitBye(SOON);
    }
}
