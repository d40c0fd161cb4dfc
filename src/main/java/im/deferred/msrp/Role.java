package im.deferred.msrp;

/** Which end of a session connects (RFC 6135 §4.2). */
public enum Role {
    /** This end connects to the first URI of the remote path. */
    ACTIVE,
    /** The peer, or its relay, connects to a listener of this endpoint. */
    PASSIVE
}
