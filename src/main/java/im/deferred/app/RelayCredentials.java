package im.deferred.app;

import im.deferred.msrp.auth.Credentials;
import im.deferred.msrp.auth.DigestAlgorithm;
import im.deferred.settings.RelayAccounts;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * The accounts of the database as the relay asks for them.
 *
 * @param workers where the database is asked, so that no connection waits for it
 */
record RelayCredentials(RelayAccounts accounts, Executor workers) implements Credentials {

    @Override
    public CompletionStage<Optional<String>> ha1(String user, String realm, DigestAlgorithm algorithm) {
        return CompletableFuture.supplyAsync(
                () -> switch (algorithm) {
                    case SHA_256 -> accounts.ha1Sha256(user, realm);
                    case MD5 -> accounts.ha1Md5(user, realm);
                },
                workers);
    }
}
