package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.message.DeferredMessage;
import im.deferred.message.Encapsulation;
import im.deferred.message.MessageStore;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.session.MessagingSession;
import im.deferred.session.SessionFailure;
import im.deferred.session.Sessions;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
        /** Steps 10 to 13: nothing more is sent. */
        ENDING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(Push.class);

    /** How many messages are looked up at a time. */
    private static final int BATCH = 100;

    private static final List<String> OFFERED_TYPES = Arrays.stream(Encapsulation.Form.values())
            .map(Encapsulation.Form::contentType)
            .toList();

    private final Aor recipient;
    private final Sessions sessions;
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
    private int inFlight;
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
            Sessions sessions,
            MessageStore store,
            PushLimits limits,
            ScheduledExecutorService timer,
            Executor serial,
            LongAdder allConfirmed) {
        this.recipient = recipient;
        this.sessions = sessions;
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
        serial.execute(() -> sessions.invite(recipient, OFFERED_TYPES).whenCompleteAsync(this::invited, serial));
    }

    /** More may be waiting: it goes out in this session if it still can. */
    void more() {
        serial.execute(() -> {
            moreMayWait = true;
            sendOn();
        });
    }

    /** Sends nothing more and ends the session; what is on its way may still be confirmed. */
    void stop() {
        serial.execute(() -> {
            stopping = true;
            sendOn();
        });
    }

    private void invited(MessagingSession invited, Throwable failure) {
        if (failure != null) {
            end(unreachable(failure));
            return;
        }
        session = invited;
        state = State.SENDING;
        session.ended().thenRunAsync(this::sessionOver, serial);
        sendOn();
    }

    /** Seed step 8, as often as the window allows; then the idle time, and step 10. */
    private void sendOn() {
        if (state != State.SENDING) {
            return;
        }
        while (!stopping && inFlight < limits.window() && hasNext()) {
            send(queue.remove(), 0);
        }
        if (inFlight > 0) {
            return;
        }
        if (stopping) {
            bye();
        } else if (idleTimer == null) {
            idleTimer = timer.schedule(
                    () -> serial.execute(this::idleTimeOver), limits.idle().toMillis(), TimeUnit.MILLISECONDS);
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

    private void send(DeferredMessage message, int firstForm) {
        Encapsulation.Form[] forms = Encapsulation.Form.values();
        for (int i = firstForm; i < forms.length; i++) {
            if (session.accepts(forms[i].contentType())) {
                send(message, forms[i]);
                return;
            }
        }
        if (firstForm > 0) {
            hold(message, "the client refused it in every form it accepts");
        } else {
            // Nothing that can be sent is accepted: as if the INVITE had been refused for it (RFC 3261 §21.4.26).
            stopping = true;
            ending = new Ending.Unreachable(488);
        }
    }

    private void send(DeferredMessage message, Encapsulation.Form form) {
        Encapsulation encapsulation = store.encapsulate(message, form);
        if (session.maxSize().isPresent()
                && encapsulation.length() > session.maxSize().getAsLong()) {
            hold(message, "larger than the client takes (a=max-size)");
            return;
        }
        inFlight++;
        cancelIdleTime();
        session.send(new OutgoingMessage(
                        message.messageId(),
                        form.contentType(),
                        Map.of("Date", message.date()),
                        new EncapsulatedContent(encapsulation, serial),
                        false))
                .whenCompleteAsync((delivery, failure) -> answered(message, form, delivery, failure), serial);
    }

    /** Seed step 9. */
    private void answered(DeferredMessage message, Encapsulation.Form form, Delivery delivery, Throwable failure) {
        if (failure != null) {
            log.error("not sent, stays stored: Call-ID {} to {}", message.callId(), recipient, failure);
            broken();
        } else if (delivery instanceof Delivery.Confirmed) {
            store.delete(message.id())
                    .whenCompleteAsync((deleted, notDeleted) -> confirmed(message, notDeleted), serial);
        } else if (delivery instanceof Delivery.Refused refused) {
            refused(message, form, refused);
        } else if (delivery instanceof Delivery.Lost lost) {
            log.info("unconfirmed, stays stored: Call-ID {} to {}: {}", message.callId(), recipient, lost.reason());
            broken();
        }
    }

    private void confirmed(DeferredMessage message, Throwable notDeleted) {
        if (notDeleted == null) {
            confirmed++;
            allConfirmed.increment();
            log.info("pushed: Call-ID {} to {}, {} octets", message.callId(), recipient, message.size());
        } else {
            log.error("pushed but still stored: Call-ID {} to {}", message.callId(), recipient, notDeleted);
        }
        settled();
    }

    /** FLOW.md, 'When a push fails': the rows of MSRP. */
    private void refused(DeferredMessage message, Encapsulation.Form form, Delivery.Refused refused) {
        log.warn("refused with {}: Call-ID {} to {} as {}", refused.status(), message.callId(), recipient, form);
        switch (refused.status()) {
            case 408, 481, 506 -> broken();
            case 413 -> {
                hold(message, "the client asked to stop sending it (413)");
                settled();
            }
            default -> {
                inFlight--;
                if (state == State.SENDING) {
                    send(message, form.ordinal() + 1);
                }
                sendOn();
            }
        }
    }

    private void hold(DeferredMessage message, String reason) {
        log.warn("held: Call-ID {} to {}: {}", message.callId(), recipient, reason);
        inFlight++;
        store.hold(message.id(), reason).whenCompleteAsync((held, failure) -> settled(), serial);
    }

    /** The session is of no use any more; what is unconfirmed stays stored, for another one. */
    private void broken() {
        ending = new Ending.Broken(0);
        stopping = true;
        settled();
    }

    private void settled() {
        inFlight--;
        sendOn();
        finishIfOver();
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
        if (state == State.SENDING && inFlight == 0 && !hasNext()) {
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
        if (state == State.SENDING) {
            // The client, or its network, ended it. With nothing left to send that is as good as our BYE.
            boolean leftOver = inFlight > 0 || !queue.isEmpty();
            ending = leftOver ? new Ending.Broken(0) : ending;
        }
        state = State.ENDING;
        finishIfOver();
    }

    private void finishIfOver() {
        if (state == State.ENDING
                && inFlight == 0
                && session.ended().toCompletableFuture().isDone()) {
            end(ending);
        }
    }

    private void end(Ending how) {
        state = State.ENDED;
        Ending counted = how instanceof Ending.Broken ? new Ending.Broken(confirmed) : how;
        log.info("push to {} over: {} confirmed, {}", recipient, confirmed, counted);
        ended.complete(counted);
    }

    private static Ending unreachable(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof SessionFailure refused) {
            return refused.status() == SessionFailure.NO_CONNECTION
                    ? new Ending.Broken(0)
                    : new Ending.Unreachable(refused.status(), refused.retryAfter());
        }
        log.error("no INVITE could be sent", cause);
        return new Ending.Unreachable(500);
    }
}
