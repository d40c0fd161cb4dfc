package im.deferred.core;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Waiting for what may never come. The timeouts of {@link java.util.concurrent.CompletableFuture} are not for an application in a
 * container: the one thread that they all share lives as long as the process, and holds the class loader of whoever came first.
 */
public final class Patience {

    private Patience() {}

    /**
     * Waits until it is completed, well or not.
     *
     * @return false if the time was up before, or the thread was interrupted
     */
    public static boolean awaits(CompletionStage<?> stage, Duration atMost) {
        try {
            stage.toCompletableFuture().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
