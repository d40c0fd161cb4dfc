package im.deferred.message;

import im.deferred.core.Aor;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A message that an application hands in, without SIP.
 *
 * @param contentType a media type with its parameters (RFC 2045 §5.1), at most {@value #MAX_CONTENT_TYPE} characters
 * @param body to be read until the submission is answered
 * @param subject one line of at most {@value #MAX_SUBJECT} characters (RFC 3261 §20.36)
 * @param expires how long it is worth delivering, at least a second (RFC 3428 §4); the server's own limit may be shorter
 * @param key the application's name for this submission: a second one of that name stores nothing; at most {@value #MAX_KEY}
 *     characters
 */
public record Submission(
        Aor sender,
        Aor recipient,
        String contentType,
        Body body,
        Optional<String> subject,
        Optional<Duration> expires,
        Optional<String> key) {

    /** The longest Content-Type that is taken, in characters. */
    public static final int MAX_CONTENT_TYPE = 255;

    /** The longest Subject that is taken, in characters. */
    public static final int MAX_SUBJECT = 1000;

    /** The longest key that is taken, in characters. */
    public static final int MAX_KEY = 255;

    private static final String TOKEN = "[A-Za-z0-9][A-Za-z0-9.!%*_+`'~-]*+";
    private static final String QUOTED = "\"(?:[^\"\\\\\\p{Cntrl}]|\\\\[\\x20-\\x7e])*+\"";
    private static final Pattern CONTENT_TYPE =
            Pattern.compile(TOKEN + "/" + TOKEN + "(?: *; *" + TOKEN + "=(?:" + TOKEN + "|" + QUOTED + "))*+");
    private static final Pattern ONE_LINE = Pattern.compile("\\P{Cntrl}*+");

    /** @throws IllegalArgumentException if one is out of its bounds; says which and why */
    public Submission {
        Objects.requireNonNull(sender, "sender");
        Objects.requireNonNull(recipient, "recipient");
        Objects.requireNonNull(body, "body");
        requireContentType(contentType);
        subject.ifPresent(Submission::requireSubject);
        if (expires.filter(e -> e.toSeconds() < 1).isPresent()) {
            throw new IllegalArgumentException("it expires after a second at the earliest");
        }
        if (key.filter(k -> k.isEmpty() || k.length() > MAX_KEY).isPresent()) {
            throw new IllegalArgumentException("a key has 1 to " + MAX_KEY + " characters");
        }
    }

    /**
     * The content type, if it is one.
     *
     * @throws IllegalArgumentException if not
     */
    public static String requireContentType(String contentType) {
        if (contentType.length() > MAX_CONTENT_TYPE
                || !CONTENT_TYPE.matcher(contentType).matches()) {
            throw new IllegalArgumentException("not a media type such as text/plain;charset=UTF-8");
        }
        return contentType;
    }

    /**
     * The subject, if it can be one.
     *
     * @throws IllegalArgumentException if not
     */
    public static String requireSubject(String subject) {
        if (subject.length() > MAX_SUBJECT || !ONE_LINE.matcher(subject).matches()) {
            throw new IllegalArgumentException("not one line of at most " + MAX_SUBJECT + " characters");
        }
        return subject;
    }

    /** What makes it the same submission under the same key; reads the body. */
    String fingerprint() {
        return new Digest()
                .add(sender.uri())
                .add(recipient.uri())
                .add(contentType)
                .add(subject.orElse(""))
                .add(expires.map(Duration::toString).orElse(""))
                .add(body)
                .value();
    }
}
