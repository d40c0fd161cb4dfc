package im.deferred.registration;

import java.util.OptionalLong;

/** A number of seconds in a SIP header (RFC 3261 §25.1, {@code delta-seconds}). */
final class DeltaSeconds {

    /** The most that counts (RFC 3261 §10.2.1.1). */
    static final long MAX = 0xFFFF_FFFFL;

    private DeltaSeconds() {}

    /** The seconds, at most {@link #MAX}; none if the text is not a number of digits. */
    static OptionalLong parse(String text) {
        String digits = text.trim().replaceFirst("^0+(?=[0-9])", "");
        if (!digits.matches("[0-9]+")) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(digits.length() > 10 ? MAX : Math.min(MAX, Long.parseLong(digits)));
    }
}
