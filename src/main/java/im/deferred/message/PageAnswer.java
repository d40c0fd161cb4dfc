package im.deferred.message;

import java.time.Duration;
import java.util.Optional;

/**
 * The final answer to a message that was sent in {@linkplain PageMode page mode}.
 *
 * @param status 408 when none came
 * @param retryAfter how long the client or the core asked to be left alone (RFC 3261 §20.33)
 */
public record PageAnswer(int status, Optional<Duration> retryAfter) {}
