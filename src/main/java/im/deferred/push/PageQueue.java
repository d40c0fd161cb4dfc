package im.deferred.push;

import im.deferred.message.DeferredMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** The messages of one push that go out in page mode: the next one only when the one before it is answered (RFC 3428 §8). */
final class PageQueue {

    /**
     * A message for page mode.
     *
     * @param reason why it does not go in a session
     */
    record Page(DeferredMessage message, String reason) {}

    private final Deque<Page> waiting = new ArrayDeque<>();
    private boolean underWay;
    private boolean stopped;

    /** It takes nothing more once it is stopped: what is not sent stays stored. */
    void add(Page page) {
        if (!stopped) {
            waiting.add(page);
        }
    }

    /** How many wait, the one under way left out. */
    int size() {
        return waiting.size();
    }

    /** The one to send now, if there is one; it is under way from then on. */
    Optional<Page> next() {
        if (underWay || waiting.isEmpty()) {
            return Optional.empty();
        }
        underWay = true;
        return Optional.of(waiting.remove());
    }

    /** The one under way has its final answer. */
    void answered() {
        underWay = false;
    }

    void stop() {
        stopped = true;
        waiting.clear();
    }
}
