package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.registration.RegSubscription.Ending;
import im.deferred.registration.Registrations.Change;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Subscribes to the registration event (RFC 3680) of the users who register, one subscription for each user in whose name a set is
 * registered (TS 24.229 §5.7.1.1), since a third-party REGISTER does not tell which contacts come and go, nor when the last one expires.
 *
 * <p>The subscriptions are in this node's memory. After a restart each comes back with the user's next REGISTER; until then the
 * registration ends as it would without: by REGISTER or by its time. Where the core does not offer the event, that is
 * remembered for {@link #REMEMBERED}; where it does not answer, for {@link #SILENCE} at first.
 */
public final class RegEvents implements AutoCloseable {

    /** The most subscriptions that are kept at once; who registers beyond them is not subscribed to. */
    public static final int MAX_SUBSCRIPTIONS = 20_000;

    /** How long a refusal counts. */
    static final Duration REMEMBERED = Duration.ofHours(1);

    /** How long no answer counts; twice as long each time that there is none again, up to {@link #REMEMBERED}. */
    static final Duration SILENCE = Duration.ofMinutes(1);

    private static final int NO_ANSWER = 408;

    /** Refusals that tell of the core, and not of one user: no answer, method or event not known (RFC 6665 §4.2.1). */
    private static final Set<Integer> OF_THE_CORE = Set.of(405, NO_ANSWER, 489, 501);

    private static final Logger log = LoggerFactory.getLogger(RegEvents.class);

    private final SipIpCore core;
    private final Registrations registrations;
    private final Consumer<Change> news;
    private final int most;
    private final ScheduledExecutorService timer;
    private final Executor workers;
    private final Clock clock;
    private final Map<Aor, RegSubscription> subscriptions = new ConcurrentHashMap<>();
    private final Map<Aor, Instant> refusedUntil = new ConcurrentHashMap<>();
    private volatile Instant coreRefusesUntil = Instant.MIN;
    /** How long the next time counts that the core does not answer. */
    private volatile Duration silence = SILENCE;

    private volatile Instant fullUntil = Instant.MIN;
    private volatile boolean closed;

    /**
     * @param registrations where what is told is kept
     * @param news is told what changed, after the core has its answer
     * @param most the most subscriptions at once, such as {@link #MAX_SUBSCRIPTIONS}
     * @param timer what runs on it is short
     * @param workers threads that may block on the database
     */
    public RegEvents(
            SipIpCore core,
            Registrations registrations,
            Consumer<Change> news,
            int most,
            ScheduledExecutorService timer,
            Executor workers,
            Clock clock) {
        this.core = core;
        this.registrations = registrations;
        this.news = news;
        this.most = most;
        this.timer = timer;
        this.workers = workers;
        this.clock = clock;
    }

    /** A set was registered in the name of this user: it is subscribed to, unless it is already. */
    void registered(Aor user) {
        workers.execute(() -> follow(user));
    }

    /** The set in the name of this user is registered no longer. */
    void deregistered(Aor user) {
        RegSubscription subscription = subscriptions.get(user);
        if (subscription != null) {
            subscription.leave();
        }
    }

    /** How many subscriptions there are. */
    int size() {
        return subscriptions.size();
    }

    void tell(Change change) {
        news.accept(change);
    }

    private void followIfRegistered(Aor user) {
        if (registrations.isRegistered(user)) {
            follow(user);
        }
    }

    private void follow(Aor user) {
        RegSubscription known = subscriptions.get(user);
        if (known != null && known.want() || closed || isRefused(user) || isFull()) {
            return;
        }
        RegDialog dialog = new RegDialog(core, user, this);
        RegSubscription fresh = new RegSubscription(user, new Means(user, dialog), clock);
        dialog.serve(fresh);
        RegSubscription other = subscriptions.putIfAbsent(user, fresh);
        if (other == null) {
            fresh.begin();
        } else {
            other.want();
        }
    }

    private boolean isRefused(Aor user) {
        Instant now = clock.instant();
        return now.isBefore(coreRefusesUntil) || now.isBefore(refusedUntil.getOrDefault(user, Instant.MIN));
    }

    private boolean isFull() {
        Instant now = clock.instant();
        if (subscriptions.size() < most) {
            return false;
        }
        if (!now.isBefore(fullUntil)) {
            fullUntil = now.plus(REMEMBERED);
            log.warn("{} subscriptions to the reg event: no more users are subscribed to for now", most);
        }
        return true;
    }

    private synchronized void refused(Aor user, int status) {
        Instant now = clock.instant();
        String answer = status == Ending.NO_NOTIFY ? "no NOTIFY" : Integer.toString(status);
        if (status != NO_ANSWER) {
            silence = SILENCE;
        }
        if (!OF_THE_CORE.contains(status)) {
            refusedUntil.values().removeIf(until -> !now.isBefore(until));
            if (refusedUntil.size() < most) {
                refusedUntil.put(user, now.plus(REMEMBERED));
            }
            log.info("the core does not offer the reg event for {}: {}", user, answer);
        } else if (!now.isBefore(coreRefusesUntil)) {
            Duration pause = REMEMBERED;
            if (status == NO_ANSWER) {
                pause = silence;
                Duration twice = silence.multipliedBy(2);
                silence = twice.compareTo(REMEMBERED) < 0 ? twice : REMEMBERED;
            }
            coreRefusesUntil = now.plus(pause);
            log.warn("the core does not offer the reg event: {}; asked again in {}", answer, pause);
        }
    }

    /** Nobody is told that nobody listens any more: what a core sends to a server that is gone is answered 481 or not at all. */
    @Override
    public void close() {
        closed = true;
    }

    /** What one subscription needs. */
    private final class Means implements RegSubscription.Effects {

        private final Aor user;
        private final RegDialog dialog;

        private Means(Aor user, RegDialog dialog) {
            this.user = user;
            this.dialog = dialog;
        }

        @Override
        public void subscribe(long expires) {
            dialog.subscribe(expires);
        }

        @Override
        public Change update(RegInfo told) {
            silence = SILENCE;
            return registrations.update(user, told);
        }

        @Override
        public Future<?> after(Duration time, Runnable task) {
            return timer.schedule(() -> later(task), time.toMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public void ended(Ending ending) {
            subscriptions.remove(user);
            dialog.letGo();
            if (ending instanceof Ending.NotOffered refusal) {
                refused(user, refusal.status());
            } else if (ending instanceof Ending.Again again) {
                after(again.after(), () -> followIfRegistered(user));
            }
        }
    }

    private void later(Runnable task) {
        if (!closed) {
            workers.execute(task);
        }
    }
}
