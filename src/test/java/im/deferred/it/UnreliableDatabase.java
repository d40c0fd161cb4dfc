package im.deferred.it;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/** A database in memory that fails in one way when it is told to. The server knows it as a data source of its container. */
final class UnreliableDatabase implements DataSource {

    /** What fails. */
    enum Failing {
        NOTHING,
        CONNECT,
        /** Of what was written; what only reads is committed. */
        COMMIT,
        INSERT,
        DELETE,
        /** {@code CHECKPOINT SYNC}. */
        SYNC
    }

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final JdbcConnectionPool reliable;
    private volatile Failing failing = Failing.NOTHING;
    private volatile CountDownLatch held = new CountDownLatch(0);
    private volatile CountDownLatch reached = new CountDownLatch(0);

    UnreliableDatabase(String name) {
        reliable = JdbcConnectionPool.create("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1", "sa", "");
        reliable.setMaxConnections(50);
    }

    /** Fails in this way from now on. */
    void fail(Failing way) {
        failing = way;
    }

    /** Commits of what was written wait from now on. */
    void holdCommits() {
        reached = new CountDownLatch(1);
        held = new CountDownLatch(1);
    }

    /** Waits until a commit waits. */
    void awaitHeldCommit(Duration limit) {
        await(reached, limit);
    }

    /** Lets commits go on. */
    void releaseCommits() {
        held.countDown();
    }

    /** How many rows the table has, committed ones. */
    long rows(String table) {
        try (Connection connection = reliable.getConnection();
                Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("select count(*) from " + table)) {
            count.next();
            return count.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        failIf(Failing.CONNECT);
        Connection connection = reliable.getConnection();
        AtomicBoolean written = new AtomicBoolean();
        return proxy(Connection.class, (method, arguments) -> switch (method.getName()) {
            case "commit" -> {
                if (written.getAndSet(false)) {
                    reached.countDown();
                    await(held, LIMIT);
                    failIf(Failing.COMMIT);
                }
                yield invoke(connection, method, arguments);
            }
            case "prepareStatement", "createStatement" -> {
                Statement statement = (Statement) invoke(connection, method, arguments);
                String sql = arguments == null || !(arguments[0] instanceof String) ? "" : arguments[0].toString();
                yield proxy(PreparedStatement.class, (call, values) -> execute(statement, sql, call, values, written));
            }
            default -> invoke(connection, method, arguments);
        });
    }

    private Object execute(Statement statement, String prepared, Method method, Object[] values, AtomicBoolean written)
            throws Exception {
        if (method.getName().startsWith("execute")) {
            String sql = (prepared.isEmpty() ? values[0].toString() : prepared).toLowerCase(Locale.ROOT);
            failOn(sql);
            if (sql.matches("(?s)(insert|update|delete|merge) .*")) {
                written.set(true);
            }
        }
        return invoke(statement, method, values);
    }

    private void failOn(String sql) throws SQLException {
        if (sql.startsWith("insert into message")) {
            failIf(Failing.INSERT);
        } else if (sql.startsWith("delete from message")) {
            failIf(Failing.DELETE);
        } else if (sql.startsWith("checkpoint")) {
            failIf(Failing.SYNC);
        }
    }

    private void failIf(Failing way) throws SQLException {
        if (failing == way) {
            throw new SQLException("this database fails: " + way);
        }
    }

    private static void await(CountDownLatch latch, Duration limit) {
        try {
            if (!latch.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("waited " + limit + " in vain");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** What a method of a proxy does. */
    private interface Handler {
        Object handle(Method method, Object[] arguments) throws Exception;
    }

    private static <T> T proxy(Class<T> type, Handler handler) {
        return type.cast(Proxy.newProxyInstance(
                UnreliableDatabase.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> handler.handle(method, arguments)));
    }

    private static Object invoke(Object target, Method method, Object[] arguments) throws Exception {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception failure ? failure : e;
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return reliable.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        reliable.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        reliable.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return reliable.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger(Logger.GLOBAL_LOGGER_NAME);
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
