package im.deferred.console.api;

import im.deferred.console.api.Problem.Kind;
import im.deferred.message.Submission;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.servlet.http.HttpServletRequest;

/**
 * The {@code Idempotency-Key} header (draft-ietf-httpapi-idempotency-key-header-07 §2.1): a string of structured fields (RFC 9651 §3.3.3).
 * Many clients leave out the quotes, and mean the same.
 */
final class IdempotencyKey {

    static final String HEADER = "Idempotency-Key";

    private static final Pattern STRING =
            Pattern.compile("\"((?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\"\\\\])*+)\"");
    private static final Pattern BARE = Pattern.compile("[A-Za-z0-9._~:/+=-]++");

    private IdempotencyKey() {}

    /**
     * The request's key, if it has one.
     *
     * @throws Problem 400 if it cannot be read
     */
    static Optional<String> of(HttpServletRequest request) {
        List<String> values = Collections.list(request.getHeaders(HEADER));
        if (values.isEmpty()) {
            return Optional.empty();
        }
        if (values.size() == 1) {
            String value = values.get(0).strip();
            Matcher string = STRING.matcher(value);
            String key = string.matches() ? string.group(1).replaceAll("\\\\(.)", "$1") : value;
            boolean readable = string.matches() || BARE.matcher(value).matches();
            if (readable && !key.isEmpty() && key.length() <= Submission.MAX_KEY) {
                return Optional.of(key);
            }
        }
        throw new Problem(
                Kind.MALFORMED, HEADER + " is one string of 1 to " + Submission.MAX_KEY + " characters, in quotes");
    }
}
