package im.deferred.session;

import java.util.Locale;

/** Who connects: {@code a=setup} (RFC 4145 §4, RFC 6135 §4.2). */
enum Setup {
    ACTIVE,
    PASSIVE,
    ACTPASS;

    static Setup parse(String value) throws SdpException {
        for (Setup setup : values()) {
            if (setup.toString().equalsIgnoreCase(value)) {
                return setup;
            }
        }
        throw new SdpException("a=setup of an unknown kind");
    }

    /** Our answer to such an offer: we are connected to wherever the other end can connect (RFC 4145 §4.1). */
    Setup answer() {
        return this == PASSIVE ? ACTIVE : PASSIVE;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
