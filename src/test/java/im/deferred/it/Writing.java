package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.Draft;
import im.deferred.lab.ReceivedMessage;
import im.deferred.lab.Sent;
import im.deferred.lab.Subscription;
import im.deferred.lab.User;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Numbered messages from one user to another, and what has come of them. */
final class Writing {

    private Writing() {}

    /** Writes {@code message 1} and so on in this order; all of them are answered 202. */
    static List<Sent> defer(User from, User to, int count) {
        return defer(from, to, count, UnaryOperator.identity());
    }

    /** The same, with each text changed before it is sent. */
    static List<Sent> defer(User from, User to, int count, UnaryOperator<String> change) {
        List<Sent> sent = new ArrayList<>();
        for (int i = 1;
                i <= count;
                i++) { // one after the other: only the answer to one says that it is before the next
            sent.add(defer(from.write(to.aor()).text(change.apply("message " + i))));
        }
        return sent;
    }

    /**
     * The same to a user who is not registered, for whom nothing waits. The server looks after each 202 whether there is anybody to push to,
     * and again at the next registration only: it has looked when it tells how many wait.
     */
    static void deferForLater(User from, User to, int count) {
        Subscription waiting = to.subscribe(3600);
        waiting.await("0/0 (0/0)", SOON);
        for (int i = 1; i <= count; i++) {
            defer(from.write(to.aor()).text("message " + i));
            waiting.await(i + "/0 (0/0)", SOON);
        }
        waiting.again(0);
    }

    /** Sends one draft, which is answered 202. */
    static Sent defer(Draft draft) {
        Sent sent = draft.send();
        assertThat(sent.status()).isEqualTo(202);
        return sent;
    }

    /** What {@link #defer(User, User, int)} writes, from the one number to the other. */
    static String[] numbered(int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(i -> "message " + i).toArray(String[]::new);
    }

    /** The texts of the encapsulated messages. */
    static List<String> texts(List<ReceivedMessage> messages) {
        return messages.stream().map(message -> message.encapsulated().text()).toList();
    }

    /** What the future gives, soon. */
    static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(SOON.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("nothing within " + SOON, e);
        }
    }
}
