package im.deferred.model;

import im.deferred.app.Database;
import jakarta.persistence.EntityManagerFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/** A database in memory that is away at times. */
final class FlakyDatabase implements AutoCloseable {

    private boolean away;
    private final JdbcConnectionPool pool =
            JdbcConnectionPool.create("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
    private final EntityManagerFactory entities = Database.open((DataSource) Proxy.newProxyInstance(
            FlakyDatabase.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                if (away && method.getName().equals("getConnection")) {
                    throw new SQLException("the database is away");
                }
                try {
                    return method.invoke(pool, arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            }));

    EntityManagerFactory entities() {
        return entities;
    }

    /** The way past what is flaky. */
    DataSource itself() {
        return pool;
    }

    void away(boolean isAway) {
        away = isAway;
    }

    boolean isAway() {
        return away;
    }

    @Override
    public void close() {
        entities.close();
        pool.dispose();
    }
}
