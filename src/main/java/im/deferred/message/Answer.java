package im.deferred.message;

import im.deferred.core.NotNow;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A final answer to a SIP request.
 *
 * @param reason the reason phrase, or null for the usual one
 */
record Answer(int status, String reason, List<Header> headers) {

    Answer {
        headers = List.copyOf(headers);
        if (status < 200 || status > 699) {
            throw new IllegalArgumentException("a final status is 200 to 699");
        }
    }

    static Answer of(int status) {
        return new Answer(status, null, List.of());
    }

    static Answer of(int status, String reason) {
        return new Answer(status, Objects.requireNonNull(reason), List.of());
    }

    /**
     * The same with a Warning (RFC 3261 §20.43) that says why in words, since a core may change the reason phrase.
     *
     * @param agent the host name of who warns
     * @param text without quotes
     */
    Answer warning(String agent, String text) {
        Header warning = new Header("Warning", "399 %s \"%s\"".formatted(agent, text));
        return new Answer(
                status,
                reason,
                Stream.concat(headers.stream(), Stream.of(warning)).toList());
    }

    /** 503 with Retry-After (RFC 3261 §21.5.4): in a moment it may go well. */
    static Answer busy() {
        return new Answer(503, null, List.of(new Header("Retry-After", Integer.toString(NotNow.RETRY_AFTER))));
    }
}
