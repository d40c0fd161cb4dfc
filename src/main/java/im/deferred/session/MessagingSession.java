package im.deferred.session;

import im.deferred.msrp.Delivery;
import im.deferred.msrp.OutgoingMessage;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/**
 * An MSRP session with one user, from the INVITE to the BYE. Every method may be called from any thread; the stages complete on
 * any thread, and what hangs on them must not block.
 */
public interface MessagingSession {

    /** Completes when the session can be sent in (seed steps 2 to 7 are done), or with a {@link SessionFailure}. */
    CompletionStage<Void> established();

    /** Whether the user's client takes messages of this media type (RFC 4975 §8.6). Once established. */
    boolean accepts(String type);

    /** Whether the client takes this media type inside a wrapper such as {@code message/cpim}. Once established. */
    boolean acceptsWrapped(String type);

    /** What the user's client takes, as its SDP says it, for those who read the log. Once established. */
    String acceptTypes();

    /** The largest message that the client takes, in octets, where it said so ({@code a=max-size}). Once established. */
    OptionalLong maxSize();

    /**
     * Seed step 8: sends a message. In the order of the calls; the outcome is the client's own word (step 9). Once established.
     *
     * @return what became of it; fails only when its content could not be read
     */
    CompletionStage<Delivery> send(OutgoingMessage message);

    /** Seed step 10: ends the session, with a BYE or, before its time, a CANCEL. Does nothing when it is over already. */
    void end();

    /** Completes, and never fails, when the session is over, whoever ended it: the BYE is answered or given up. */
    CompletionStage<Void> ended();
}
