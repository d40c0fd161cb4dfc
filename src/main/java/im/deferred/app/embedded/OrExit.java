package im.deferred.app.embedded;

import im.deferred.app.ConfigurationException;
import im.deferred.app.StartException;
import java.util.function.Supplier;

/** How a process that cannot start ends: one line on standard error, and exit code 1. */
final class OrExit {

    private OrExit() {}

    /** What is supplied, unless there is a reason to end. */
    static <T> T get(Supplier<T> supplier) {
        try {
            return supplier.get();
        } catch (ConfigurationException | StartException e) {
            System.err.println(e.getMessage());
            System.exit(1);
            throw e;
        }
    }

    /** Runs it, unless there is a reason to end. */
    static void run(Runnable task) {
        get(() -> {
            task.run();
            return null;
        });
    }
}
