package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.Database;
import im.deferred.core.TestClock;
import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.Test;

/** A database from before there were messages that came as MSRP SEND. */
class MessageOriginTest {

    private static final String BEFORE = "4";

    @Test
    void whatWasStoredBeforeCameAsSipMessage() throws Exception {
        JdbcConnectionPool pool =
                JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
        Flyway.configure().dataSource(pool).target(BEFORE).load().migrate();
        try (Connection connection = pool.getConnection();
                PreparedStatement insert = connection.prepareStatement("insert into message (id, copy_key, message_id,"
                        + " recipient, sender, call_id, received_at, expires_at, headers, size)"
                        + " values (1, 'key', '0123456789abcdef', ?, 'sip:alice@example.test', 'c1', ?, ?, '', 0)")) {
            insert.setString(1, BOB.uri());
            insert.setObject(2, NOW);
            insert.setObject(3, NOW.plusSeconds(60));
            insert.executeUpdate();
        }

        try (EntityManagerFactory entities = Database.open(pool);
                MessageStore store = new MessageStore(entities, new TestClock(), MessageStore.Limits.of(5, 1 << 20))) {
            assertThat(store.waiting(BOB, 0, 10))
                    .extracting(DeferredMessage::origin)
                    .containsExactly(Origin.SIP_MESSAGE);
        }
        pool.dispose();
    }
}
