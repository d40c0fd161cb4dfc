package im.deferred.message;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.sql.DataSource;

/** Stands between the store and a database: notes commits and forced writes, and makes commits fail or wait. */
public final class CommitProbe {

    private final List<String> events = new CopyOnWriteArrayList<>();
    private volatile boolean failing;
    private volatile boolean holding;
    private final Semaphore arrived = new Semaphore(0);
    private final Semaphore released = new Semaphore(0);

    public DataSource around(DataSource database) {
        return wrap(DataSource.class, database, result -> wrapConnection((Connection) result), "getConnection");
    }

    /** {@code commit} and {@code sync}, in their order. */
    public List<String> events() {
        return events;
    }

    public void failCommits(boolean fail) {
        failing = fail;
    }

    /** From now on commits wait. */
    public void holdCommits() {
        holding = true;
    }

    /** Waits until a commit waits. */
    public void awaitCommit() throws InterruptedException {
        if (!arrived.tryAcquire(10, TimeUnit.SECONDS)) {
            throw new AssertionError("no commit came");
        }
    }

    public void releaseCommits() {
        holding = false;
        released.release();
    }

    private Connection wrapConnection(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                CommitProbe.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, args) -> {
                    if (method.getName().equals("commit")) {
                        commit();
                    }
                    Object result = invoke(connection, method, args);
                    return method.getName().equals("createStatement") ? wrapStatement((Statement) result) : result;
                });
    }

    private void commit() throws SQLException, InterruptedException {
        if (holding) {
            arrived.release();
            if (!released.tryAcquire(10, TimeUnit.SECONDS)) {
                throw new SQLException("never released");
            }
        }
        if (failing) {
            throw new SQLException("the disk is full");
        }
        events.add("commit");
    }

    private Statement wrapStatement(Statement statement) {
        return (Statement) Proxy.newProxyInstance(
                CommitProbe.class.getClassLoader(), new Class<?>[] {Statement.class}, (proxy, method, args) -> {
                    if (method.getName().equals("execute") && "checkpoint sync".equals(args[0])) {
                        events.add("sync");
                    }
                    return invoke(statement, method, args);
                });
    }

    private static <T> T wrap(Class<T> type, T target, Function<Object, Object> result, String wrapped) {
        return type.cast(Proxy.newProxyInstance(
                CommitProbe.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
                    Object returned = invoke(target, method, args);
                    return method.getName().equals(wrapped) ? result.apply(returned) : returned;
                }));
    }

    private static Object invoke(Object target, java.lang.reflect.Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
