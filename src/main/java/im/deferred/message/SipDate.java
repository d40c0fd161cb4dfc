package im.deferred.message;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** The date of SIP and of our MSRP {@code Date} header (RFC 3261 §20.17): RFC 1123's form, two-digit day, always GMT. */
final class SipDate {

    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private SipDate() {}

    static String write(Instant time) {
        return FORM.format(time);
    }

    /** The time that a client wrote, or nothing if it is no SIP date. */
    static Optional<Instant> read(String date) {
        try {
            return Optional.of(FORM.parse(date.strip(), Instant::from));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
