package im.deferred.core;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class PatienceTest {

    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void waitsForAGoodEndAndForABadOne() {
        assertThat(Patience.awaits(completedFuture("good"), LONG)).isTrue();
        assertThat(Patience.awaits(failedFuture(new IllegalStateException("bad")), LONG))
                .isTrue();
    }

    @Test
    void doesNotWaitForEver() {
        assertThat(Patience.awaits(new CompletableFuture<>(), Duration.ofMillis(20)))
                .isFalse();
    }

    @Test
    void goesOnWhenItsThreadIsInterrupted() {
        Thread.currentThread().interrupt();

        assertThat(Patience.awaits(new CompletableFuture<>(), LONG)).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
