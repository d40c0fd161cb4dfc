package im.deferred.message;

import im.deferred.core.Aor;

/** The way out of this room: who sends the deferred messages on. */
public interface Outlet {

    /** Whether a push to the user is live, from its INVITE to its BYE: a message stored now goes out in it, or is looked for after it. */
    boolean isOpen(Aor recipient);

    /**
     * A message for the user was stored, and the commit is done. The user may have registered, or the open session may have
     * ended, since its way was decided: who implements this looks again. Called from a thread that answers SIP requests;
     * returns soon.
     *
     * @param status the final status with which forwarding failed, 408 for no answer; 0 if it was not tried, since the user
     *     was not registered or a session was open
     */
    void deferred(Aor recipient, int status);
}
