package im.deferred.app;

import jakarta.persistence.EntityManagerFactory;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/** A database in memory, migrated and empty, for the test that asks for it. */
public final class TestDatabase implements AutoCloseable {

    private final JdbcConnectionPool pool =
            JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
    private final EntityManagerFactory entities = Database.open(pool);

    public EntityManagerFactory entities() {
        return entities;
    }

    public DataSource dataSource() {
        return pool;
    }

    @Override
    public void close() {
        entities.close();
        pool.dispose();
    }
}
