package im.deferred.core;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The answer of a server that cannot do its work at the moment, 503 with Retry-After (RFC 3261 §21.5.4), as it is given and taken. */
public final class NotNow {

    /** After how many seconds the sender may try again. */
    public static final int RETRY_AFTER = 5;

    private static final Logger log = LoggerFactory.getLogger(NotNow.class);

    /** Seconds, and perhaps a comment or parameters (RFC 3261 §20.33). */
    private static final Pattern SECONDS = Pattern.compile("\\s*([0-9]{1,10})\\s*([(;].*)?");

    private NotNow() {}

    /** Answers a request so. */
    public static void answer(SipServletRequest request) throws IOException {
        SipServletResponse response = request.createResponse(SipServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setHeader("Retry-After", Integer.toString(RETRY_AFTER));
        response.send();
    }

    /** When the sender of a failure may be asked again; empty if it says nothing of use. */
    public static Optional<Duration> retryAfter(SipServletResponse response) {
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
