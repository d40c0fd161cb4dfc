package im.deferred.session;

/** An SDP that cannot be read or does not hold what an MSRP session needs; the message says what, in a few words. */
public final class SdpException extends Exception {

    private static final long serialVersionUID = 1L;

    SdpException(String message) {
        super(message);
    }

    SdpException(String message, Throwable cause) {
        super(message, cause);
    }
}
