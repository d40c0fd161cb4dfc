package im.deferred.push;

import im.deferred.message.DeferredMessage;
import im.deferred.message.PageAnswer;
import java.util.concurrent.CompletionStage;

/** How a message goes out that the client takes in no session: as SIP MESSAGE (FLOW.md, 'When a push fails'). */
@FunctionalInterface
public interface Pager {

    /**
     * Sends a message; may block on the database.
     *
     * @return the final answer; fails only when no request can be made of the message
     */
    CompletionStage<PageAnswer> send(DeferredMessage message);
}
