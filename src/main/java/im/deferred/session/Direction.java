package im.deferred.session;

import java.util.Locale;

/** Which way content goes, as one end of a stream says it of itself (RFC 4566 §6, RFC 3264 §5.1). */
enum Direction {
    SENDRECV(true, true),
    SENDONLY(true, false),
    RECVONLY(false, true),
    INACTIVE(false, false);

    private final boolean sends;
    private final boolean receives;

    Direction(boolean sends, boolean receives) {
        this.sends = sends;
        this.receives = receives;
    }

    boolean sends() {
        return sends;
    }

    boolean receives() {
        return receives;
    }

    /** What is left of it in the answer to such an offer (RFC 3264 §6.1). */
    Direction answering(Direction offered) {
        return of(sends && offered.receives, receives && offered.sends);
    }

    private static Direction of(boolean sends, boolean receives) {
        if (sends) {
            return receives ? SENDRECV : SENDONLY;
        }
        return receives ? RECVONLY : INACTIVE;
    }

    /** As SDP has it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
