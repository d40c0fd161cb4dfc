package im.deferred.core;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A temporary GRUU (RFC 5627 §3.1.2.2): an address of one device that does not tell whose it is. Only the core and whom it told know
 * the user. A public GRUU needs no such care: without its {@code gr} it is the user's AoR.
 *
 * @param uri without its parameters, in the spelling of an {@link Aor}, by which it is compared
 */
public record TemporaryGruu(String uri) {

    private static final Pattern SIP_URI = Pattern.compile("(?i)(sips?:[^@]+@[^;?]+)((?:;[^;?]*)*)(\\?.*)?");
    private static final Pattern GR_WITHOUT_VALUE = Pattern.compile("(?i)(;.*)?;gr=?(;.*)?");

    /** Keeps the URI in the spelling by which it is compared. */
    public TemporaryGruu {
        uri = new Aor(uri).uri();
    }

    /** The one that a URI is, if it is one: a {@code gr} parameter without a value says so. */
    public static Optional<TemporaryGruu> of(String uri) {
        Matcher sip = SIP_URI.matcher(uri.trim());
        if (!sip.matches() || !GR_WITHOUT_VALUE.matcher(sip.group(2)).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new TemporaryGruu(sip.group(1)));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // longer, or odder, than any that could be kept
        }
    }
}
