package im.deferred.session;

import im.deferred.message.SendingSession;
import im.deferred.msrp.IncomingMessage;
import java.util.concurrent.CompletionStage;

/**
 * What is sent in a session to a user who is not there: each message is stored, and its sender's 200 follows the commit.
 *
 * @param status the final status with which the user's INVITE failed, 0 if there was none
 */
record Absence(SendingSession session, AnsweredSession caller, Deferral deferral, int status, Idle idle)
        implements Intake.Taker {

    @Override
    public void admit(IncomingMessage head) {
        idle.touch();
    }

    @Override
    public void progressed() {
        idle.touch();
    }

    @Override
    public CompletionStage<Void> take(Arrived message) {
        CompletionStage<Void> kept = deferral.keep(session, caller, message)
                .thenAccept(id -> id.ifPresent(stored -> deferral.tell(session.recipient(), status)));
        idle.holdUntil(kept);
        return kept.whenComplete((done, failure) -> message.close());
    }
}
