package im.deferred.push;

import java.time.Duration;

/**
 * How a push behaves.
 *
 * @param idle quiet time before the BYE
 * @param window how many messages may be unanswered at once, at least 1
 * @param concurrent how many pushes may be live at once, at least 1; further ones wait their turn
 */
public record PushLimits(Duration idle, int window, int concurrent) {

    /** @throws IllegalArgumentException if one is out of its bounds */
    public PushLimits {
        if (idle.isNegative() || window < 1 || concurrent < 1) {
            throw new IllegalArgumentException(
                    "a push has a window of at least 1 and an idle time of at least nothing, and there is at least one");
        }
    }
}
