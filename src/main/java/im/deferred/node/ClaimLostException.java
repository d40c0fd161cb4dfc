package im.deferred.node;

/** A change was not made, since the claim under which it was to be made is no longer the node's. */
public final class ClaimLostException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ClaimLostException(Claim claim) {
        super("node " + claim.node() + " may have lost its claim on " + claim.what());
    }
}
