package im.deferred.session;

import im.deferred.core.RefusedException;
import im.deferred.message.SendingSession;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.IncomingMessage;
import im.deferred.msrp.MsrpRefusal;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session of two users with this server between them: the caller is answered when the callee has answered, and every message is passed
 * on whole. What the callee does not take, at once or from some moment on, is deferred, and the caller's session goes on. What the caller
 * does not take is lost, and the callee is told so.
 */
final class Bridge {

    private enum State {
        /** The callee's INVITE is on its way. */
        INVITING,
        /** Messages go both ways. */
        BRIDGED,
        /** The callee is gone: what the caller sends is stored. */
        DEFERRING
    }

    private static final Logger log = LoggerFactory.getLogger(Bridge.class);

    /** The failures that say that the user cannot take it now (FLOW.md, ways in), and an answer to which no connection could be made. */
    private static final Set<Integer> DEFERRABLE =
            Set.of(SessionFailure.NO_CONNECTION, 408, 430, 480, 486, 487, 500, 503, 504, 600, 603);

    private final IncomingSessions.Parts parts;
    private final SendingSession session;
    private final AnsweredSession caller;
    private final Intake fromCaller;
    private final Intake fromCallee;
    private InvitedSession callee;
    private State state = State.INVITING;
    private Idle idle;
    /** How many of the caller's messages have begun and are not settled. */
    private int unsettled;
    /** Whether one of them had to be stored. */
    private boolean deferred;
    /** Whether it is decided what becomes of the caller's last message. */
    private CompletionStage<Void> lastDecided = CompletableFuture.completedStage(null);
    /** When the callee's next message may be sent to the caller. */
    private CompletionStage<Void> callerReady;

    Bridge(IncomingSessions.Parts parts, SendingSession session, AnsweredSession caller) {
        this.parts = parts;
        this.session = session;
        this.caller = caller;
        this.callerReady = caller.established();
        this.fromCaller = parts.intake(new FromCaller());
        this.fromCallee = parts.intake(new FromCallee());
    }

    /** @throws RefusedException if no INVITE can go on */
    void start() throws RefusedException {
        callee = parts.sessions()
                .inviteFor(
                        caller.invite,
                        caller.offer().terms().atMost(parts.limits().maxSize()),
                        parts.limits().answerTimeout(),
                        fromCallee,
                        caller::ring);
        caller.givenUp().thenRun(callee::end);
        callee.established().whenCompleteAsync((ready, failure) -> answered(failure), parts.workers());
        callee.left().thenRunAsync(this::review, parts.workers());
        callee.ended().thenRunAsync(() -> defer("the called user's session is over"), parts.workers());
        caller.ended().thenRunAsync(this::review, parts.workers());
    }

    private void answered(Throwable failure) {
        if (isDone(caller.ended())) {
            callee.end(); // the caller did not wait
        } else if (failure == null) {
            bridge();
        } else if (failure instanceof SessionFailure refused
                && DEFERRABLE.contains(refused.status())
                && caller.offer().direction().sends()) {
            log.info("INVITE {} is deferred: {}", session.callId(), refused.getMessage());
            parts.defer(session, caller, refused.status());
        } else {
            caller.refuse(passedBack(failure));
        }
    }

    private RefusedException passedBack(Throwable failure) {
        if (callee.refusal().isPresent()) {
            return EndToEnd.back(callee.refusal().get());
        }
        int status = failure instanceof SessionFailure refused ? refused.status() : 500;
        return new RefusedException(status == SessionFailure.NO_CONNECTION ? 480 : status, "The Other Side Failed");
    }

    private void bridge() {
        synchronized (this) {
            state = State.BRIDGED;
            idle = parts.idle(caller);
        }
        parts.sessions().answer(caller, callee.terms().atMost(parts.limits().maxSize()), fromCaller);
        review(); // the callee may have left already
    }

    private void defer(String reason) {
        boolean first;
        synchronized (this) {
            first = state == State.BRIDGED;
            if (first) {
                state = State.DEFERRING;
            }
        }
        if (first) {
            log.info("session {} is deferred from here on: {}", session.callId(), reason);
            callee.end();
        }
        review();
    }

    /** A BYE of either ends both (RFC 3261 §15), but for what is still on its way, and a caller whose messages are being stored. */
    private void review() {
        boolean settled;
        boolean storing;
        synchronized (this) {
            settled = unsettled == 0;
            storing = deferred;
        }
        if (settled && isDone(caller.ended())) {
            callee.end();
        } else if (settled && isDone(callee.left()) && !storing) {
            caller.end();
        }
    }

    private synchronized boolean isBridged() {
        return state == State.BRIDGED;
    }

    private synchronized void touch() {
        if (idle != null) {
            idle.touch();
        }
    }

    /**
     * Room for more of one's messages comes with the other's responses. These cannot be read when they come on a connection that waits
     * itself: the same one, as where one relay is in both paths, or one of two that wait for each other.
     */
    private static boolean mayWait(DialogSession from, Intake otherWay) {
        return !from.sharesConnection() && !otherWay.isFull();
    }

    private static void requireTaken(IncomingMessage head, DialogSession by) throws MsrpRefusal {
        if (!by.terms().direction().receives()) {
            throw new MsrpRefusal(403, "The other side only sends");
        }
        if (!by.accepts(Arrived.mediaType(head))) {
            throw new MsrpRefusal(415, "The other side does not take this type");
        }
    }

    private CompletionStage<Delivery> pass(Arrived message, DialogSession to) {
        try {
            return to.send(message.onward(parts.workers()));
        } catch (RuntimeException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private static boolean isDone(CompletionStage<?> stage) {
        return stage.toCompletableFuture().isDone();
    }

    /** What the caller sends: to the callee, or else into the store. */
    private final class FromCaller implements Intake.Taker {

        @Override
        public void admit(IncomingMessage head) throws MsrpRefusal {
            touch();
            if (isBridged()) {
                requireTaken(head, callee);
            }
        }

        @Override
        public void progressed() {
            touch();
        }

        @Override
        public boolean mayWait() {
            return !isBridged() || Bridge.mayWait(caller, fromCallee);
        }

        @Override
        public void begun() {
            synchronized (Bridge.this) {
                unsettled++;
            }
        }

        @Override
        public void settled() {
            synchronized (Bridge.this) {
                unsettled--;
            }
            review();
        }

        @Override
        public CompletionStage<Void> take(Arrived message) {
            Transit transit;
            synchronized (Bridge.this) {
                transit = new Transit(effects(message), lastDecided);
                lastDecided = transit.decided();
            }
            transit.over().thenRunAsync(message::close, parts.workers());
            if (isBridged()) {
                send(message, transit);
            } else {
                transit.delivered(new Delivery.Lost("the user is gone"), null);
            }
            return transit.answer();
        }

        private void send(Arrived message, Transit transit) {
            pass(message, callee).whenCompleteAsync(transit::delivered, parts.workers());
            Future<?> silence = parts.timer()
                    .schedule(
                            () -> parts.workers().execute(transit::silent),
                            parts.limits().confirmTimeout().toMillis(),
                            TimeUnit.MILLISECONDS);
            transit.over().thenRun(() -> silence.cancel(false));
        }

        private Transit.Effects effects(Arrived message) {
            return new Transit.Effects() {
                @Override
                public CompletionStage<OptionalLong> keep() {
                    CompletionStage<OptionalLong> kept = parts.deferral().keep(session, caller, message);
                    return kept.whenComplete((id, failure) -> {
                        synchronized (Bridge.this) {
                            deferred |= failure == null && id.isPresent();
                        }
                    });
                }

                @Override
                public void kept() {
                    parts.deferral().tell(session.recipient(), 0);
                }

                @Override
                public void withdraw(long id) {
                    parts.deferral().withdraw(session.recipient(), id);
                }

                @Override
                public void broken(String reason) {
                    defer(reason);
                }
            };
        }
    }

    /** What the callee sends: to the caller, as soon as he is there. */
    private final class FromCallee implements Intake.Taker {

        @Override
        public void admit(IncomingMessage head) throws MsrpRefusal {
            touch();
            requireTaken(head, caller);
        }

        @Override
        public boolean mayWait() {
            return Bridge.mayWait(callee, fromCaller);
        }

        @Override
        public void progressed() {
            touch();
        }

        @Override
        public CompletionStage<Void> take(Arrived message) {
            CompletionStage<CompletionStage<Delivery>> sent;
            synchronized (Bridge.this) {
                sent = callerReady.thenApply(ready -> pass(message, caller));
                callerReady = sent.thenAccept(delivery -> {});
            }
            CompletableFuture<Void> answer = new CompletableFuture<>();
            sent.thenCompose(delivery -> delivery).whenComplete((delivery, failure) -> {
                parts.workers().execute(message::close);
                if (delivery instanceof Delivery.Confirmed) {
                    answer.complete(null);
                } else if (delivery instanceof Delivery.Refused refused) {
                    answer.completeExceptionally(new MsrpRefusal(refused.status(), refused.comment()));
                } else {
                    answer.completeExceptionally(new MsrpRefusal(481, "The other side is gone"));
                }
            });
            return answer;
        }
    }
}
