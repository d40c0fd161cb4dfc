package im.deferred.push;

import java.time.Duration;
import java.util.Optional;

/** How a push came to its end. */
sealed interface Ending {

    /** Nothing was left to send, or nothing more was to be sent, and the session was ended with BYE. */
    record Finished() implements Ending {}

    /**
     * No session came about, or none in which a message could be sent.
     *
     * @param status the final status of the INVITE
     * @param retryAfter what the other side asked for
     */
    record Unreachable(int status, Optional<Duration> retryAfter) implements Ending {

        Unreachable(int status) {
            this(status, Optional.empty());
        }
    }

    /**
     * A session came about and was lost with messages left to send.
     *
     * @param confirmed how many messages the client confirmed before
     * @param unanswered whether a SEND was unanswered then: perhaps it is that what the client does not cope with
     */
    record Broken(int confirmed, boolean unanswered) implements Ending {}

    /** Another node pushes to the user. */
    record Elsewhere() implements Ending {}

    /** This server could not do its own part: the store did not take or give what it should. */
    record Failed() implements Ending {}
}
