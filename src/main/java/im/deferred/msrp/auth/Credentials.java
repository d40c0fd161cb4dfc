package im.deferred.msrp.auth;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Where a relay looks its users up. Safe for use by several threads; it must not block the one that asks. */
@FunctionalInterface
public interface Credentials {

    /**
     * The user's {@linkplain DigestAlgorithm#ha1 HA1}.
     *
     * @return empty when there is no such user, or none who may use this algorithm; failed when it cannot be told
     */
    CompletionStage<Optional<String>> ha1(String user, String realm, DigestAlgorithm algorithm);

    /** Users with their passwords, in memory and of every realm. */
    static Credentials of(Map<String, String> passwords) {
        Map<String, String> users = Map.copyOf(passwords);
        return (user, realm, algorithm) -> CompletableFuture.completedStage(
                Optional.ofNullable(users.get(user)).map(password -> algorithm.ha1(user, realm, password)));
    }
}
