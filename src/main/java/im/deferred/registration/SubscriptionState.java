package im.deferred.registration;

import im.deferred.core.RefusedException;
import java.text.ParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The Subscription-State of a NOTIFY (RFC 6665 §4.1.3 and §8.2.3).
 *
 * @param value {@code active}, {@code pending}, {@code terminated} or a word that is not known, in lower case
 * @param reason why it is terminated, in lower case; empty if that is not told
 * @param expires how long the subscription lasts yet, in seconds
 * @param retryAfter how long it is wise to wait before the next, in seconds
 */
record SubscriptionState(String value, String reason, OptionalLong expires, OptionalLong retryAfter) {

    /**
     * Reads the header.
     *
     * @param header its value, or null
     * @throws RefusedException with 400 if it is missing or cannot be read
     */
    static SubscriptionState parse(String header) throws RefusedException {
        try {
            List<String> parts = HeaderValue.split(header == null ? "" : header, ';');
            if (parts.isEmpty()) {
                throw new RefusedException(400, "No Subscription-State");
            }
            Map<String, String> parameters =
                    HeaderValue.parseParameters(String.join(";", parts.subList(1, parts.size())));
            return new SubscriptionState(
                    parts.get(0).toLowerCase(Locale.ROOT),
                    parameters.getOrDefault("reason", "").toLowerCase(Locale.ROOT),
                    seconds(parameters, "expires"),
                    seconds(parameters, "retry-after"));
        } catch (ParseException e) {
            throw new RefusedException(400, "Malformed Subscription-State", e);
        }
    }

    private static OptionalLong seconds(Map<String, String> parameters, String name) {
        return Optional.ofNullable(parameters.get(name))
                .map(DeltaSeconds::parse)
                .orElse(OptionalLong.empty());
    }

    boolean isTerminated() {
        return value.equals("terminated");
    }

    boolean isPending() {
        return value.equals("pending");
    }
}
