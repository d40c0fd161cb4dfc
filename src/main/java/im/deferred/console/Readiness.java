package im.deferred.console;

import java.util.Optional;

/** Whether the server can do its work now. */
@FunctionalInterface
public interface Readiness {

    /** What is wrong, in a few words; nothing when all is well. May take a second, for a database that does not answer. */
    Optional<String> problem();
}
