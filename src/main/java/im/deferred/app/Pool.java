package im.deferred.app;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to the database: the container's data source, or a pool of our own.
 *
 * @param dataSource gives them out
 */
record Pool(DataSource dataSource) implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Pool.class);

    private static final int SECONDS = 2;

    /** How long PostgreSQL may say nothing to a statement before its connection is taken for lost. */
    private static final Duration SILENCE = Duration.ofMinutes(1);

    /**
     * Opens the configured database.
     *
     * @param most connections at once; the container's data source has a limit of its own
     * @param lease how long a transaction may rest before PostgreSQL ends it, with the locks that a node holds in it that does not go on
     * @throws StartException if it cannot be opened
     */
    static Pool open(Configuration.Database database, int most, Duration lease) {
        try {
            return new Pool(
                    database.jndi().isEmpty()
                            ? ofItsOwn(database, most, lease)
                            : InitialContext.doLookup(database.jndi()));
        } catch (NamingException | SQLException | RuntimeException e) {
            throw new StartException(
                    "the database %s cannot be opened: %s".formatted(database, StartException.firstLine(e)), e);
        }
    }

    private static DataSource ofItsOwn(Configuration.Database database, int most, Duration lease) throws SQLException {
        registerDrivers();
        // Looked at once before there is a pool, which would try for long, and at length in the log.
        String url = withoutTraceFile(database.url());
        DriverManager.getConnection(url, database.user(), database.password()).close();
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("deferred-im");
        pool.setJdbcUrl(url);
        pool.setUsername(database.user());
        pool.setPassword(database.password());
        pool.setMaximumPoolSize(most);
        pool.setConnectionTimeout(TimeUnit.SECONDS.toMillis(SECONDS));
        if (url.startsWith("jdbc:postgresql:")) {
            pool.setConnectionInitSql("set idle_in_transaction_session_timeout = " + lease.toMillis());
            pool.addDataSourceProperty("tcpKeepAlive", "true");
            pool.addDataSourceProperty("socketTimeout", Long.toString(SILENCE.toSeconds()));
        }
        return new HikariDataSource(pool);
    }

    /** H2 writes its errors, stack and all, into a file of its own as well, or where it cannot, to standard error. */
    private static String withoutTraceFile(String url) {
        boolean itsChoice =
                !url.startsWith("jdbc:h2:") || url.toUpperCase(Locale.ROOT).contains(";TRACE_LEVEL_FILE=");
        return itsChoice ? url : url + ";TRACE_LEVEL_FILE=0";
    }

    /** DriverManager looks for drivers once in a process: those of an application deployed later, or again, it never sees. */
    private static void registerDrivers() {
        ServiceLoader.load(Driver.class, Pool.class.getClassLoader())
                .forEach(driver -> log.debug("driver {}", driver.getClass().getName()));
    }

    /** The drivers that came with this application must not outlive it. */
    static void deregisterDrivers() throws SQLException {
        for (Driver driver : Collections.list(DriverManager.getDrivers())) {
            if (driver.getClass().getClassLoader() == Pool.class.getClassLoader()) {
                DriverManager.deregisterDriver(driver);
            }
        }
    }

    /** Why the database cannot be used now, if it cannot; waits a few seconds for it. */
    Optional<String> problem() {
        try (Connection connection = dataSource.getConnection()) {
            return connection.isValid(SECONDS) ? Optional.empty() : Optional.of("the database does not answer");
        } catch (SQLException e) {
            log.warn("the database does not answer: {}", e.getMessage());
            return Optional.of("the database does not answer");
        }
    }

    /** Closes a pool of our own; the container's data source is its own to close. */
    @Override
    public void close() {
        if (dataSource instanceof HikariDataSource ours) {
            ours.close();
        }
    }
}
