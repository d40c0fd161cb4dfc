package im.deferred.core;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How long a response asks to be left alone (RFC 3261 §20.33). */
public final class RetryAfter {

    private static final Logger log = LoggerFactory.getLogger(RetryAfter.class);

    /** Seconds, and perhaps a comment or parameters. */
    private static final Pattern SECONDS = Pattern.compile("\\s*([0-9]{1,10})\\s*([(;].*)?");

    private RetryAfter() {}

    /** Its Retry-After; empty when there is none, or one that is no number of seconds. */
    public static Optional<Duration> of(SipServletResponse response) {
        String value = response.getHeader("Retry-After");
        if (value == null) {
            return Optional.empty();
        }
        Matcher seconds = SECONDS.matcher(value);
        if (!seconds.matches()) {
            log.warn("Retry-After is no number: {}", value);
            return Optional.empty();
        }
        return Optional.of(Duration.ofSeconds(Long.parseLong(seconds.group(1))));
    }
}
