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
     * @return the session to be
     */
    MessagingSession invite(Aor user, List<String> types);
}
