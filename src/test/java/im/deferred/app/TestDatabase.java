package im.deferred.app;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A database, migrated and empty, for the test that asks for it: H2 in memory, or with {@code -Dtest.database=postgresql} one of a
 * PostgreSQL that is started for the first of them and stops with the process.
 */
public final class TestDatabase implements AutoCloseable {

    private static final boolean POSTGRESQL =
            System.getProperty("test.database", "h2").equals("postgresql");

    private final HikariDataSource pool;
    private final EntityManagerFactory entities;

    public TestDatabase() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(POSTGRESQL ? postgresql() : "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        config.setMaximumPoolSize(10);
        config.setMinimumIdle(0);
        pool = new HikariDataSource(config);
        entities = Database.open(pool);
    }

    private static String postgresql() {
        return Server.database("t" + UUID.randomUUID().toString().replace("-", ""), Server.MIGRATED);
    }

    public EntityManagerFactory entities() {
        return entities;
    }

    public DataSource dataSource() {
        return pool;
    }

    @Override
    public void close() {
        entities.close();
        pool.close();
    }

    /** Started when it is first asked for; its databases are copies of one that is migrated. */
    private static final class Server {

        static final String MIGRATED = "migrated";
        static final Duration START_LIMIT = Duration.ofMinutes(1);
        static final EmbeddedPostgres POSTGRES = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder().setPGStartupWait(START_LIMIT).start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        static {
            PGSimpleDataSource template = new PGSimpleDataSource();
            template.setUrl(database(MIGRATED, "template0"));
            Database.open(template).close();
        }

        static String database(String name, String template) {
            try (Connection connection = POSTGRES.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("create database " + name + " template " + template);
                return POSTGRES.getJdbcUrl("postgres", name);
            } catch (SQLException e) {
                throw new IllegalStateException("no database could be made", e);
            }
        }
    }
}
