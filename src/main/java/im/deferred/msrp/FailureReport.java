package im.deferred.msrp;

import im.deferred.msrp.frame.MsrpHeaders;
import java.util.Locale;

/** Which responses the sender of a message asks for (RFC 4975 §7.1.1). */
public enum FailureReport {
    /** Every one; none in time is a failure. */
    YES,
    /** None. */
    NO,
    /** Those that tell of a failure. */
    PARTIAL;

    /** What the headers of a SEND ask for; what is not understood is taken as the default. */
    static FailureReport of(MsrpHeaders headers) {
        String value = headers.get(MsrpHeaders.FAILURE_REPORT);
        if (value == null) {
            return YES;
        }
        return value.equalsIgnoreCase("no") ? NO : value.equalsIgnoreCase("partial") ? PARTIAL : YES;
    }

    /** As it stands in the header of that name. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
