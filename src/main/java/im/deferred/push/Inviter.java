package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.session.MessagingSession;
import java.util.List;

/** How a push gets a session with its recipient (seed steps 2 to 7). */
@FunctionalInterface
public interface Inviter {

    /**
     * Invites a user to a session in which this server sends.
     *
     * @param types the content types that may be sent in it, in order of preference
     * @param oneAtATime whether each SEND waits for the answer to the one before it
     * @return the session to be
     */
    MessagingSession invite(Aor user, List<String> types, boolean oneAtATime);
}
