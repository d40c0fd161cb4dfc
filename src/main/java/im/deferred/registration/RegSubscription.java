package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import im.deferred.registration.Registrations.Change;
import jakarta.persistence.PersistenceException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Future;

/**
 * One subscription to the registration event of a user: the subscriber of RFC 6665 §4.1, and the order of the documents of RFC 3680 §5.
 *
 * <p>It is followed for as long as the user is registered. Events come from the container's threads and from timers; each is
 * taken under the object's lock, the database included, since what one document tells must be kept before the next.
 */
final class RegSubscription {

    /** RFC 6665 §4.1.2, figure 1. */
    enum State {
        INIT,
        /** SUBSCRIBE sent; its answer or the first NOTIFY is still to come. */
        NOTIFY_WAIT,
        PENDING,
        ACTIVE,
        TERMINATED
    }

    /** What comes after the end. */
    sealed interface Ending {

        /** Another subscription, for the user is still registered. */
        record Again(Duration after) implements Ending {}

        /** None for a while: the core refused it. */
        record NotOffered(int status) implements Ending {}

        /** In place of a status: the SUBSCRIBE was accepted, but no NOTIFY came that could be read. */
        int NO_NOTIFY = 0;

        /** None before the next REGISTER. */
        record Over() implements Ending {}
    }

    /** What it brings about. */
    interface Effects {

        /** A SUBSCRIBE leaves, the first or in the dialog; {@link #accepted} or {@link #refused} follows, maybe at once. */
        void subscribe(long expires);

        /** What a document told is kept. */
        Change update(RegInfo told);

        /** The task is run after that time, on any thread. */
        Future<?> after(Duration time, Runnable task);

        /** Told once. */
        void ended(Ending ending);
    }

    /** For how long the server subscribes, in seconds (TS 24.229 §5.7.1.1). */
    static final long EXPIRES = 600_000;

    /** Timer N (RFC 6665 §4.1.2.4), somewhat longer, so that what the container tells of the SUBSCRIBE itself is told first. */
    static final Duration TIMER_N = Duration.ofSeconds(40);

    /** The shortest time between two subscriptions to one user that no REGISTER asked for. */
    static final Duration PAUSE = Duration.ofMinutes(1);

    /** The shortest time to the next refresh. */
    static final Duration MIN_REFRESH = Duration.ofSeconds(10);

    /** Answers after which there is no subscription, whatever it granted before (RFC 6665 §4.1.2.2). */
    private static final Set<Integer> FATAL = Set.of(404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604);

    private static final int NO_SUBSCRIPTION = 481;
    private static final int TIMEOUT = 408;
    private static final int FORBIDDEN = 403;
    private static final Change NO_CHANGE = new Change(List.of(), List.of());
    private static final long NO_DOCUMENT = -1;

    private final Aor user;
    private final Effects effects;
    private final Clock clock;
    private final Set<Aor> listed = new HashSet<>();
    private State state = State.INIT;
    private Instant begun;

    /** The notifier's tag, from its first NOTIFY on. */
    private String remoteTag;

    private long version = NO_DOCUMENT;
    /** When the subscription ends unless it is refreshed; from the first NOTIFY on. */
    private Instant end;

    private boolean answered;
    private boolean refreshing;
    private boolean fullNeeded;
    private boolean fullAsked;

    /** Whether the user is registered, as far as is known. */
    private boolean wanted = true;

    private boolean unsubscribed;
    private Future<?> alarm;

    RegSubscription(Aor user, Effects effects, Clock clock) {
        this.user = user;
        this.effects = effects;
        this.clock = clock;
    }

    synchronized State state() {
        return state;
    }

    /** Subscribes. */
    synchronized void begin() {
        state = State.NOTIFY_WAIT;
        begun = clock.instant();
        alarm(TIMER_N, this::silent);
        effects.subscribe(EXPIRES);
    }

    /** The user registered, again maybe. False if this subscription is over: then it takes another. */
    synchronized boolean want() {
        wanted = state != State.TERMINATED;
        return wanted;
    }

    /** The user is not registered any more. */
    synchronized void leave() {
        wanted = false;
        if (isLive() && !unsubscribed) {
            unsubscribe(); // in NOTIFY_WAIT there is no dialog in which it could be done
        }
    }

    /** A 2xx to a SUBSCRIBE. */
    synchronized void accepted(OptionalLong expires) {
        answered = true;
        refreshing = false;
        if (isLive() && !unsubscribed) {
            lasts(expires.orElse(EXPIRES));
        }
    }

    /** Any other final answer to a SUBSCRIBE, or none. */
    synchronized void refused(int status) {
        refreshing = false;
        if (unsubscribed) {
            terminate(again(Duration.ZERO));
        } else if (status == NO_SUBSCRIPTION && isLive()) {
            terminate(again(Duration.ZERO));
        } else if (state == State.NOTIFY_WAIT || FATAL.contains(status)) {
            terminate(new Ending.NotOffered(status));
        } else if (isLive() && left() > 0) {
            lasts(left());
        } else {
            terminate(again(Duration.ZERO));
        }
    }

    /**
     * A NOTIFY.
     *
     * @param from the tag in its From
     * @param told its document, if it has one
     * @return what it changed
     * @throws RefusedException with 481 if it belongs to no subscription, be it since the SUBSCRIBE forked (RFC 3680 §4.9: only one is kept)
     * @throws PersistenceException if it could not be kept: then it is as if it had not come, and all is asked for again soon
     */
    synchronized Change notified(String from, SubscriptionState told, Optional<RegInfo> document)
            throws RefusedException {
        if (state == State.TERMINATED || remoteTag != null && !remoteTag.equals(from)) {
            throw new RefusedException(NO_SUBSCRIPTION, "Subscription Does Not Exist");
        }
        remoteTag = from;
        Change change = NO_CHANGE;
        if (document.isPresent() && isNews(document.get())) {
            RegInfo all = document.get().after(listed);
            try {
                change = effects.update(all);
            } catch (PersistenceException e) {
                follow(told);
                if (isLive() && !unsubscribed) {
                    alarm(MIN_REFRESH, this::refresh);
                }
                throw e;
            }
            take(all);
        }
        follow(told);
        return change;
    }

    private boolean isNews(RegInfo document) {
        // A REGISTER came since this subscription was given up: this tells of before it, the next subscription of now.
        boolean past = unsubscribed && wanted;
        return !past && (version == NO_DOCUMENT || document.version() > version);
    }

    /** RFC 3680 §5.1: a document that is not the next one is taken too, and all is asked for, since something is missing. */
    private void take(RegInfo document) {
        if (document.full()) {
            listed.clear();
            fullNeeded = false;
            fullAsked = false;
        } else if (version == NO_DOCUMENT || document.version() > version + 1) {
            fullNeeded = true;
        }
        version = document.version();
        for (RegInfo.Entry entry : document.registrations()) {
            if (entry.active()) {
                listed.add(entry.user());
            } else {
                listed.remove(entry.user());
            }
            if (entry.user().equals(user)) {
                wanted = entry.active();
            }
        }
    }

    private void follow(SubscriptionState told) {
        if (told.isTerminated()) {
            terminate(ending(told));
            return;
        }
        state = told.isPending() ? State.PENDING : State.ACTIVE;
        if (unsubscribed) {
            return;
        }
        lasts(told.expires().orElse(end == null ? EXPIRES : left()));
        if (!wanted) {
            unsubscribe();
        } else if (fullNeeded && !fullAsked) {
            fullAsked = true;
            refresh();
        }
    }

    private Ending ending(SubscriptionState told) {
        return switch (told.reason()) {
            case "rejected" -> new Ending.NotOffered(FORBIDDEN);
            case "noresource", "invariant" -> new Ending.Over();
            case "probation", "giveup" ->
                again(Duration.ofSeconds(told.retryAfter().orElse(PAUSE.toSeconds())));
            default -> again(Duration.ofSeconds(told.retryAfter().orElse(0)));
        };
    }

    /** If the user is registered; and not at once if this subscription began just now, and its end was not our wish. */
    private Ending again(Duration after) {
        if (!wanted) {
            return new Ending.Over();
        }
        Duration pause = Duration.between(clock.instant(), begun.plus(PAUSE));
        return new Ending.Again(unsubscribed ? after : max(after, pause));
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private void lasts(long seconds) {
        end = clock.instant().plusSeconds(seconds);
        // As TS 24.229 §5.1.1.3 has it for the other subscriber of this event.
        long refresh = seconds > 1200 ? seconds - 600 : seconds / 2;
        alarm(max(Duration.ofSeconds(refresh), MIN_REFRESH), this::refresh);
    }

    private long left() {
        return Math.max(0, Duration.between(clock.instant(), end).toSeconds());
    }

    private synchronized void refresh() {
        if (isLive() && !unsubscribed && !refreshing) {
            refreshing = true;
            effects.subscribe(EXPIRES);
        }
    }

    private void unsubscribe() {
        unsubscribed = true;
        alarm(TIMER_N, this::silent);
        effects.subscribe(0);
    }

    /** The NOTIFY that must follow a SUBSCRIBE has not come. */
    private synchronized void silent() {
        if (unsubscribed) {
            terminate(again(Duration.ZERO));
        } else if (state == State.NOTIFY_WAIT) {
            terminate(new Ending.NotOffered(answered ? Ending.NO_NOTIFY : TIMEOUT));
        }
    }

    private boolean isLive() {
        return state == State.PENDING || state == State.ACTIVE;
    }

    private void alarm(Duration time, Runnable task) {
        if (alarm != null) {
            alarm.cancel(false);
        }
        alarm = effects.after(time, task);
    }

    private void terminate(Ending ending) {
        if (state != State.TERMINATED) {
            state = State.TERMINATED;
            alarm.cancel(false);
            effects.ended(ending);
        }
    }
}
