package im.deferred.app;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.auth.DigestAlgorithm;
import im.deferred.settings.RelayAccounts;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RelayCredentialsTest {

    private static final String REALM = "example.test";

    private final TestDatabase database = new TestDatabase();
    private final RelayAccounts accounts = new RelayAccounts(database.entities());

    @AfterEach
    void close() {
        database.close();
    }

    @ParameterizedTest
    @EnumSource
    void accountGivesWhatTheAlgorithmAsksFor(DigestAlgorithm algorithm) {
        accounts.set("bob", REALM, "s3cret");
        RelayCredentials credentials = new RelayCredentials(accounts, Runnable::run);

        assertThat(credentials.ha1("bob", REALM, algorithm).toCompletableFuture())
                .isCompletedWithValue(Optional.of(algorithm.ha1("bob", REALM, "s3cret")));
        assertThat(credentials.ha1("alice", REALM, algorithm).toCompletableFuture())
                .isCompletedWithValue(Optional.empty());
    }

    @Test
    void databaseIsAskedByAWorker() {
        Queue<Runnable> work = new ArrayDeque<>();
        CompletableFuture<Optional<String>> ha1 = new RelayCredentials(accounts, work::add)
                .ha1("bob", REALM, DigestAlgorithm.MD5)
                .toCompletableFuture();

        assertThat(ha1).isNotDone();
        work.remove().run();
        assertThat(ha1).isCompletedWithValue(Optional.empty());
    }

    @Test
    void databaseThatFailsFailsTheLookup() {
        database.close();

        assertThat(new RelayCredentials(accounts, Runnable::run)
                        .ha1("bob", REALM, DigestAlgorithm.MD5)
                        .toCompletableFuture())
                .isCompletedExceptionally();
    }
}
