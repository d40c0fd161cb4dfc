package im.deferred.message;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A message on its way to a registered user: which of the answer, the silence and the store decides what its sender is told. One
 * of them does, once.
 */
final class Forwarding {

    /** How far it is. */
    enum State {
        /** Sent, no final answer yet. */
        TRYING,
        /** A final answer was passed back to the sender. */
        ANSWERED,
        /** The user could not take it: it is being stored. */
        DEFERRING,
        /** It is stored. */
        DEFERRED,
        /** The user took it after all, while it was being stored or after. */
        TAKEN_LATE
    }

    /** What it brings about. */
    interface Effects {

        /** The sender gets the user's answer. */
        void answer(Answer answer);

        /** The message is stored, and its sender told so; {@link Forwarding#stored} is called if it is. */
        void defer(Forwarding forwarding, int cause);

        /** A stored message is deleted again. */
        void withdraw(long id);
    }

    private static final int REQUEST_TIMEOUT = 408;

    /** The failures that say that the user cannot take it now (FLOW.md, ways in). */
    private static final Set<Integer> DEFERRABLE = Set.of(408, 430, 480, 486, 487, 500, 503, 504, 600, 603);

    private final Effects effects;
    private State state = State.TRYING;
    private Future<?> silence;
    private long storedId;

    Forwarding(Effects effects) {
        this.effects = effects;
    }

    /** Starts to wait for an answer, which is our own shorter Timer F (RFC 3261 §17.1.2.2). */
    synchronized void await(ScheduledExecutorService timers, Duration noAnswer) {
        if (state == State.TRYING) {
            silence = timers.schedule(this::noAnswer, noAnswer.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** The final answer, or one that the container made in its place. */
    void answered(Answer answer) {
        if (answer.status() < 300 && tookLate()) {
            return;
        }
        boolean deferred = DEFERRABLE.contains(answer.status());
        if (!leaveTrying(deferred ? State.DEFERRING : State.ANSWERED)) {
            return;
        }
        if (deferred) {
            effects.defer(this, answer.status());
        } else {
            effects.answer(answer);
        }
    }

    /** No answer came in time. */
    void noAnswer() {
        if (leaveTrying(State.DEFERRING)) {
            effects.defer(this, REQUEST_TIMEOUT);
        }
    }

    /** It was stored under that id. */
    void stored(long id) {
        synchronized (this) {
            storedId = id;
            if (state == State.DEFERRING) {
                state = State.DEFERRED;
                return;
            }
        }
        effects.withdraw(id);
    }

    synchronized State state() {
        return state;
    }

    private synchronized boolean leaveTrying(State next) {
        if (state != State.TRYING) {
            return false;
        }
        state = next;
        if (silence != null) {
            silence.cancel(false);
        }
        return true;
    }

    /** A success that came when the message had been given to the store. */
    private boolean tookLate() {
        synchronized (this) {
            if (state == State.DEFERRING) {
                state = State.TAKEN_LATE;
                return true;
            }
            if (state != State.DEFERRED) {
                return false;
            }
            state = State.TAKEN_LATE;
        }
        effects.withdraw(storedId);
        return true;
    }
}
