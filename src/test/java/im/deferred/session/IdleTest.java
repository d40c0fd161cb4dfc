package im.deferred.session;

import static im.deferred.registration.FakeSip.fake;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.ManualTimer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class IdleTest {

    private static final Duration LIMIT = Duration.ofMinutes(10);

    private final ManualTimer timer = new ManualTimer();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Idle idle = new Idle(timer, LIMIT, fake(MessagingSession.class, Map.of("ended", none -> ended)));

    @Test
    void aSessionInWhichAMessageIsBeingStoredIsNotQuiet() throws Exception {
        CompletableFuture<Void> first = new CompletableFuture<>();
        CompletableFuture<Void> second = new CompletableFuture<>();
        ManualTimer.Alarm sinceTheBeginning = timer.next();
        idle.holdUntil(first);
        idle.holdUntil(second);

        idle.touch();
        first.complete(null);
        assertThat(sinceTheBeginning.isCancelled()).isTrue();
        assertThat(timer.isUnset()).isTrue();

        second.completeExceptionally(new IllegalStateException("not stored"));
        assertThat(timer.next().after()).isEqualTo(LIMIT);
    }

    @Test
    void nothingIsSetWhenTheSessionIsOver() throws Exception {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        timer.next();
        idle.holdUntil(stored);

        ended.complete(null);
        stored.complete(null);

        assertThat(timer.isUnset()).isTrue();
    }
}
