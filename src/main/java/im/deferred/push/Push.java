package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.message.DeferredMessage;
import im.deferred.message.Encapsulation.Form;
import im.deferred.message.MessageStore;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.session.MessagingSession;
import im.deferred.session.SessionFailure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One push: a session with one recipient, and in it every message that waits, oldest first, from the INVITE to the BYE.
 *
 * <p>All of it runs on one {@code serial} executor, one step after another; what happens elsewhere (SIP, MSRP, the store's
 * commits, timers) comes back to it.
 */
final class Push {

    private enum State {
        /** Seed steps 2 to 7: no session yet. */
        INVITING,
        /** Steps 8 and 9: messages are on their way, or may come. */
        SENDING,
        /** Steps 10 to 13: BYE sent. */
        ENDING,
        /** The session is over; what was confirmed in it may not yet be out of the store. */
        SETTLING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(Push.class);

    /** How many messages are looked up at a time. */
    private static final int BATCH = 100;

    private static final List<String> OFFERED_TYPES =
            Stream.of(Form.values()).map(Form::contentType).toList();

    private final Aor recipient;
    private final Inviter inviter;
    private final MessageStore store;
    private final PushLimits limits;
    private final ScheduledExecutorService timer;
    private final Executor serial;
    private final LongAdder allConfirmed;
    private final CompletableFuture<Ending> ended = new CompletableFuture<>();

    private final Deque<DeferredMessage> queue = new ArrayDeque<>();
    private State state = State.INVITING;
    private MessagingSession session;
    private long lastQueued;
    /** How many SENDs are unanswered, and answers not yet in the store. */
    private int open;

    private int confirmed;
    private boolean moreMayWait = true;
    private boolean stopping;
    private Ending ending = new Ending.Finished();
    private Future<?> idleTimer;

    /**
     * @param timer for the idle time
     * @param serial runs one task at a time, in order; it may block on the database
     * @param allConfirmed counts the messages confirmed in all pushes
     */
    Push(
            Aor recipient,
            Inviter inviter,
            MessageStore store,
            PushLimits limits,
            ScheduledExecutorService timer,
            Executor serial,
            LongAdder allConfirmed) {
        this.recipient = recipient;
        this.inviter = inviter;
        this.store = store;
        this.limits = limits;
        this.timer = timer;
        this.serial = serial;
        this.allConfirmed = allConfirmed;
    }

    /** Completes when the session is over and every message that the client confirmed is out of the store. */
    CompletionStage<Ending> ended() {
        return ended;
    }

    /** Seed steps 2 to 7. */
    void start() {
        step(() -> {
            session = inviter.invite(recipient, OFFERED_TYPES);
            session.established().whenComplete(inTurn((established, failure) -> invited(failure)));
        });
    }

    /** More may be waiting: it goes out in this session if it still can. */
    void more() {
        step(() -> {
            moreMayWait = true;
            sendOn();
        });
    }

    /** Sends nothing more and ends the session; what is on its way may still be confirmed. */
    void stop() {
        step(() -> {
            stopping = true;
            if (state == State.INVITING) {
                session.end();
            }
            sendOn();
        });
    }

    private void step(Runnable step) {
        serial.execute(() -> {
            try {
                step.run();
            } catch (RuntimeException e) {
                failed(e);
            }
        });
    }

    /** What a stage completes with elsewhere becomes a step of this push. */
    private <T> BiConsumer<T, Throwable> inTurn(BiConsumer<T, Throwable> next) {
        return (value, failure) -> step(() -> next.accept(value, failure));
    }

    /** The same for a stage without which the push is not over. */
    private <T> void await(CompletionStage<T> stage, BiConsumer<T, Throwable> next) {
        open++;
        stage.whenComplete(inTurn((value, failure) -> {
            open--;
            next.accept(value, failure);
            goOn();
        }));
    }

    private void goOn() {
        sendOn();
        if (state == State.SETTLING && open == 0) {
            end(ending);
        }
    }

    private void invited(Throwable failure) {
        if (failure != null) {
            end(stopping ? ending : unreachable(failure));
            return;
        }
        state = State.SENDING;
        session.ended().whenComplete(inTurn((over, never) -> sessionOver()));
        if (OFFERED_TYPES.stream().noneMatch(session::accepts)) {
            // As if the INVITE had been refused for it (RFC 3261 §21.4.26).
            stopBecause(new Ending.Unreachable(488));
        }
        sendOn();
    }

    /** Seed step 8, as often as the window allows; then the idle time, and step 10. */
    private void sendOn() {
        if (state != State.SENDING) {
            return;
        }
        while (!stopping && open < limits.window() && hasNext()) {
            send(queue.remove(), 0);
        }
        if (open > 0) {
            return;
        }
        if (stopping) {
            bye();
        } else if (idleTimer == null) {
            idleTimer =
                    timer.schedule(() -> step(this::idleTimeOver), limits.idle().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private boolean hasNext() {
        if (queue.isEmpty() && moreMayWait) {
            queue.addAll(store.waiting(recipient, lastQueued, BATCH));
            moreMayWait = !queue.isEmpty();
            if (moreMayWait) {
                lastQueued = queue.getLast().id();
            }
        }
        return !queue.isEmpty();
    }

    /** Sends it in the first form, from one on, that the client takes. */
    private void send(DeferredMessage message, int firstForm) {
        message.origin().forms().stream()
                .skip(firstForm)
                .filter(form -> isTaken(form, message))
                .findFirst()
                .ifPresentOrElse(
                        form -> send(message, form), () -> hold(message, "the client takes it in no form offered"));
    }

    /** A wrapper is taken with what the client takes inside one (RFC 4975 §8.6); a wrapper that came as such is the sender's. */
    private boolean isTaken(Form form, DeferredMessage message) {
        if (!session.accepts(form.contentType())) {
            return false;
        }
        String inner = message.mediaType();
        return form != Form.CPIM || inner.equalsIgnoreCase(Form.CPIM.contentType()) || session.acceptsWrapped(inner);
    }

    private void send(DeferredMessage message, Form form) {
        var content = new EncapsulatedContent(store.encapsulate(message, form), serial);
        if (content.length() > session.maxSize().orElse(Long.MAX_VALUE)) {
            hold(message, "larger than the client takes (a=max-size)");
            return;
        }
        cancelIdleTime();
        await(
                session.send(new OutgoingMessage(
                        message.messageId(), form.contentType(), Map.of("Date", message.date()), content, false)),
                (delivery, failure) -> answered(message, form, delivery, failure));
    }

    /** Seed step 9. */
    private void answered(DeferredMessage message, Form form, Delivery delivery, Throwable failure) {
        if (failure != null) {
            // Its content cannot be read: it expired just now, or the store fails. Those behind it are sent all the
            // same.
            log.error("not sent, stays stored: Call-ID {} to {}", message.callId(), recipient, failure);
            endAs(new Ending.Failed());
        } else if (delivery instanceof Delivery.Confirmed) {
            await(store.delete(message.id()), (deleted, notDeleted) -> confirmed(message, notDeleted));
        } else if (delivery instanceof Delivery.Refused refused) {
            refused(message, form, refused);
        } else if (delivery instanceof Delivery.Lost lost) {
            log.info("unconfirmed, stays stored: Call-ID {} to {}: {}", message.callId(), recipient, lost.reason());
            stopBecause(new Ending.Broken(0));
        }
    }

    private void confirmed(DeferredMessage message, Throwable notDeleted) {
        if (notDeleted == null) {
            confirmed++;
            allConfirmed.increment();
            log.info("pushed: Call-ID {} to {}, {} octets", message.callId(), recipient, message.size());
        } else {
            log.error("pushed but still stored: Call-ID {} to {}", message.callId(), recipient, notDeleted);
            stopBecause(new Ending.Failed());
        }
    }

    /** FLOW.md, 'When a push fails': the rows of MSRP. */
    private void refused(DeferredMessage message, Form form, Delivery.Refused refused) {
        log.warn("refused with {}: Call-ID {} to {} as {}", refused.status(), message.callId(), recipient, form);
        switch (refused.status()) {
            case 408, 481, 506 -> stopBecause(new Ending.Broken(0));
            case 413 -> hold(message, "the client asked to stop sending it (413)");
            default -> {
                if (state == State.SENDING && !stopping) {
                    send(message, message.origin().forms().indexOf(form) + 1);
                }
            }
        }
    }

    private void hold(DeferredMessage message, String reason) {
        log.warn("held: Call-ID {} to {}: {}", message.callId(), recipient, reason);
        await(store.hold(message.id(), reason), (held, notHeld) -> held(message, notHeld));
    }

    private void held(DeferredMessage message, Throwable notHeld) {
        if (notHeld != null) {
            log.error("not held: Call-ID {} to {}", message.callId(), recipient, notHeld);
            stopBecause(new Ending.Failed());
        }
    }

    /** What is unconfirmed stays stored, for another push. */
    private void stopBecause(Ending how) {
        stopping = true;
        endAs(how);
    }

    /** What went wrong first says what follows. */
    private void endAs(Ending how) {
        if (ending instanceof Ending.Finished) {
            ending = how;
        }
    }

    /** A step that fails ends the push, in good order: whoever waits for its end would wait for ever. */
    private void failed(RuntimeException e) {
        log.error("push to {} fails", recipient, e);
        stopBecause(new Ending.Failed());
        if (session == null) {
            end(ending);
        } else {
            goOn();
        }
    }

    private void cancelIdleTime() {
        if (idleTimer != null) {
            idleTimer.cancel(false);
            idleTimer = null;
        }
    }

    private void idleTimeOver() {
        idleTimer = null;
        moreMayWait = true;
        if (state == State.SENDING && open == 0 && !hasNext()) {
            bye();
        } else {
            sendOn();
        }
    }

    /** Seed steps 10 to 13. */
    private void bye() {
        cancelIdleTime();
        state = State.ENDING;
        session.end();
    }

    private void sessionOver() {
        cancelIdleTime();
        if (state == State.SENDING && (open > 0 || !queue.isEmpty())) {
            // The client, or its network, ended it. With nothing left to send that would be as good as our BYE.
            endAs(new Ending.Broken(0));
        }
        state = State.SETTLING;
        goOn();
    }

    private void end(Ending how) {
        state = State.ENDED;
        Ending counted = how instanceof Ending.Broken ? new Ending.Broken(confirmed) : how;
        log.info("push to {} over: {} confirmed, {}", recipient, confirmed, counted);
        ended.complete(counted);
    }

    private Ending unreachable(Throwable failure) {
        if (failure instanceof SessionFailure refused) {
            return refused.status() == SessionFailure.NO_CONNECTION
                    ? new Ending.Broken(0)
                    : new Ending.Unreachable(refused.status(), refused.retryAfter());
        }
        log.error("no session with {}", recipient, failure);
        return new Ending.Failed();
    }
}
