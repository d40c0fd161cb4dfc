package im.deferred.message;

/** How a message came. */
public enum Origin {
    /** As a SIP MESSAGE (RFC 3428), or in place of one. */
    SIP_MESSAGE,
    /** As a SEND in an MSRP session (RFC 4975). */
    MSRP_SEND
}
