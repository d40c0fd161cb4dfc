package im.deferred.app.embedded;

import im.deferred.app.ConfigurationException;
import im.deferred.app.StartException;
import java.util.function.Supplier;

/** How a process that cannot start ends. */
final class OrExit {

    private OrExit() {}

    /** What is supplied; one line on standard error and exit code 1 if there is a reason why not. */
    static <T> T get(Supplier<T> supplier) {
        try {
            return supplier.get();
        } catch (ConfigurationException | StartException e) {
            System.err.println(e.getMessage());
            System.exit(1);
            throw e;
        }
    }
}
