package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.core.Patience;
import im.deferred.message.MessageStore;
import im.deferred.message.Outlet;
import im.deferred.node.Ask;
import im.deferred.node.Claim;
import im.deferred.node.Node;
import im.deferred.node.NodeListener;
import im.deferred.registration.Registration;
import im.deferred.registration.RegistrationListener;
import im.deferred.registration.Registrations;
import im.deferred.session.MessagingSession;
import im.deferred.session.Puller;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All pushes of this node: at most one per recipient, and only so many at once. A push begins when the user registers while messages
 * wait (seed steps 1 and 2), when one is deferred for a registered user who is not to be tried again later, when the user chooses it, when
 * its time to be tried again has come, when an operator releases a message, or in a session that the user opens to fetch what waits: the
 * pull, which every user may have, whatever they chose.
 */
public final class Pushes implements RegistrationListener, NodeListener, Outlet, Puller, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Pushes.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    /** How long a device is served one message at a time after it broke a session. */
    private static final Duration CAREFUL = Duration.ofDays(1);

    /** Longer than it takes to store a message that a client did not take. */
    private static final Duration JUST_NOW = Duration.ofSeconds(5);

    /** Most users or devices remembered. */
    private static final int REMEMBERED = 100_000;

    /** What is known of one recipient while there is something to know. */
    private static final class Recipient {
        private Push live;
        /** A session that the user opened, which waits until the live push is over. */
        private MessagingSession pulled;
        /** As known when the live push began. */
        private Instant registeredUntil;

        private Devices devices;
        private boolean registeredMeanwhile;
        private int failures;
        private Future<?> retry;
    }

    private final Registrations registrations;
    private final UserSettings settings;
    private final MessageStore store;
    private final Handover handover;
    private final Inviter inviter;
    private final Push.Means means;
    private final RetryPolicy retryPolicy;
    private final Duration retryFirst;
    private final ScheduledExecutorService timer;
    private final Executor workers;
    private final Outcomes outcomes = new Outcomes();
    private final Map<Aor, Recipient> recipients = new HashMap<>();
    private final List<Consumer<Aor>> endListeners = new CopyOnWriteArrayList<>();
    private final Turns<Aor> turns;
    /** Who registered a moment ago and was not invited since. */
    private final Memory<Aor> registeredJustNow;
    /** Devices that broke a session in which a SEND was unanswered. */
    private final Memory<String> servedOneAtATime;

    /** Looks for all who wait. */
    private final Executor looks;

    private boolean lookSoon;
    private long settingChanges;
    private boolean paused;
    private boolean closed;

    /**
     * @param node claims the recipients that are pushed to
     * @param pager sends what is taken in no session
     * @param pagesAllowed whether a user allows that; may block on the database
     * @param retryFirst the first wait after a push that found nobody; each further one is twice as long
     * @param retryMost the longest wait
     * @param random from 0 to 1, for jitter
     * @param timer what runs on it is short
     * @param workers threads that may block on the database
     */
    public Pushes(
            Registrations registrations,
            UserSettings settings,
            MessageStore store,
            Node node,
            Inviter inviter,
            Pager pager,
            Predicate<Aor> pagesAllowed,
            PushLimits limits,
            Duration retryFirst,
            Duration retryMost,
            DoubleSupplier random,
            Clock clock,
            ScheduledExecutorService timer,
            Executor workers) {
        this.registrations = registrations;
        this.settings = settings;
        this.store = store;
        this.handover = new Handover(node, timer, workers);
        this.inviter = inviter;
        this.means = new Push.Means(node, store, pager, pagesAllowed, limits, timer, outcomes);
        this.retryFirst = retryFirst;
        this.retryPolicy = new RetryPolicy(retryFirst, retryMost, random);
        this.timer = timer;
        this.workers = workers;
        this.looks = new SerialExecutor(workers);
        this.turns = new Turns<>(limits.concurrent());
        this.registeredJustNow = new Memory<>(clock, JUST_NOW, REMEMBERED);
        this.servedOneAtATime = new Memory<>(clock, CAREFUL, REMEMBERED);
    }

    /**
     * Begins no push from now on; those that are live go on to their end, and users may fetch what waits. What comes for a registered
     * user goes to that user's client past what waits. Other nodes are called upon to do what this one leaves.
     */
    public synchronized void pause() {
        paused = true;
        handover.call();
    }

    public synchronized boolean isPaused() {
        return paused;
    }

    /**
     * After a start, or a {@linkplain #pause pause}: pushes to everybody who is registered and for whom messages wait, as many at once as
     * the limits say.
     */
    public void resume() {
        synchronized (this) {
            paused = false;
        }
        pushToAll();
    }

    @Override
    public void workIsLeft() {
        if (!isPaused()) {
            log.info("there is work that a node has left");
            pushToAll();
        }
    }

    @Override
    public synchronized void asked(Claim claim, Ask ask) {
        Aor user = new Aor(claim.what());
        Recipient recipient = recipients.get(user);
        if (recipient != null && recipient.live != null) {
            recipient.live.asked(claim, ask);
        } else if (ask == Ask.AGAIN || ask == Ask.MORE && !waitsToBeTriedAgain(user)) {
            pushSoon(user);
        }
    }

    /** One after the other, and those who are called for meanwhile are one. */
    private synchronized void pushToAll() {
        if (lookSoon) {
            return;
        }
        lookSoon = true;
        looks.execute(() -> {
            synchronized (this) {
                lookSoon = false;
            }
            try {
                store.recipientsWaiting().stream()
                        .filter(user -> !waitsToBeTriedAgain(user))
                        .forEach(this::pushIfWaiting);
            } catch (RuntimeException e) {
                log.error("cannot tell for whom messages wait: looked for again in {}", retryFirst, e);
                pushToAllLater();
            }
        });
    }

    private synchronized boolean waitsToBeTriedAgain(Aor user) {
        Recipient recipient = recipients.get(user);
        return recipient != null && recipient.retry != null;
    }

    private synchronized void pushToAllLater() {
        if (!closed) {
            timer.schedule(this::pushToAll, retryFirst.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** How many pushes are live, those in sessions that users opened among them. */
    public synchronized int live() {
        return (int) recipients.values().stream().filter(r -> r.live != null).count();
    }

    /** Tells the listener of every recipient whose push ended from now on. */
    public void whenEnded(Consumer<Aor> listener) {
        endListeners.add(listener);
    }

    /** How many messages clients confirmed in a session since the start. */
    public long confirmed() {
        return outcomes.confirmed().sum();
    }

    /** How many messages were taken in page mode since the start. */
    public long paged() {
        return outcomes.paged().sum();
    }

    /** How often a message was held since the start. */
    public long held() {
        return outcomes.held().sum();
    }

    @Override
    public synchronized void registered(Aor user) {
        registeredJustNow.add(user);
        Recipient recipient = recipients.get(user);
        if (recipient != null) {
            recipient.registeredMeanwhile = recipient.live != null;
            recipient.failures = 0;
            cancelRetry(recipient);
        }
        releaseAndPushSoon(user);
    }

    private void releaseAndPushSoon(Aor user) {
        workers.execute(() -> {
            release(user);
            pushIfWaiting(user, Ask.AGAIN);
        });
    }

    /** What one device took in no form another may take; so may the same one, a later day. */
    private void release(Aor user) {
        try {
            int released = store.release(user);
            if (released > 0) {
                log.info("{} held messages for {} are tried again", released, user);
            }
        } catch (RuntimeException e) {
            log.error("held messages for {} stay held", user, e);
        }
    }

    @Override
    public synchronized void deregistered(Aor user) {
        registeredJustNow.remove(user);
        leaveAlone(user);
    }

    /** What a user chose holds at once: a live push stops when what is under way is answered, or one begins. */
    public void settingChanged(Aor user) {
        workers.execute(() -> {
            try {
                if (settings.of(user) == DeliverySetting.PUSH) {
                    pushIfWaiting(user, Ask.AGAIN);
                } else {
                    synchronized (this) {
                        settingChanges++;
                        leaveAlone(user);
                    }
                }
            } catch (RuntimeException e) {
                log.error("cannot tell what {} chose", user, e);
                synchronized (this) {
                    settingChanges++;
                    stop(user);
                    cannotTell(user);
                }
            }
        });
    }

    /** No push any more; a session that the user opened goes on. */
    private void leaveAlone(Aor user) {
        Recipient recipient = recipients.get(user);
        if (recipient == null) {
            handover.stop(user);
        } else if (recipient.pulled == null) {
            recipient.registeredMeanwhile = false;
            if (recipient.live == null) {
                forget(user, recipient);
                handover.stop(user);
            } else {
                stop(user);
            }
        }
    }

    private void stop(Aor user) {
        Recipient recipient = recipients.get(user);
        if (recipient != null && recipient.live != null && !recipient.live.isPulled()) {
            recipient.live.stop();
        }
    }

    @Override
    public synchronized boolean isOpen(Aor user) {
        Recipient recipient = recipients.get(user);
        return recipient != null && (recipient.live != null || recipient.pulled != null);
    }

    @Override
    public synchronized void deferred(Aor user, int status) {
        // The user's client has just been tried, with a MESSAGE: as if an INVITE had ended like this.
        Ending.Unreachable tried = new Ending.Unreachable(status);
        if (waitsToBeTriedAgain(user)) {
            log.debug("what was deferred for {} goes out when it is tried again", user);
        } else if (status == 0 || isOpen(user) || hasRegisteredSince(user, tried)) {
            pushSoon(user);
        } else if (!recipients.containsKey(user)) {
            follow(user, new Recipient(), tried);
        }
    }

    /** An operator released a message for the user: that is tried at once, whatever is being waited for. */
    public void released(Aor user) {
        pushSoon(user);
    }

    /** Whether the registration that is to be waited for may have come while the message was being stored: it found nothing waiting. */
    private boolean hasRegisteredSince(Aor user, Ending tried) {
        return retryPolicy.after(tried, 0) instanceof RetryPolicy.Next.AwaitRegistration
                && registeredJustNow.remove(user);
    }

    /**
     * A user opened a session to fetch what waits, whatever the setting: all of it goes out in that session, what was held too, and what
     * comes meanwhile. A live push ends before, so that no message is under way twice. There is one such session at a time: the newest,
     * since a client that opens another may have lost the one before, or seen its BYE sooner than this server the answer.
     */
    @Override
    public synchronized void pulled(Aor user, MessagingSession session) {
        if (closed) {
            session.end();
            return;
        }
        Recipient recipient = recipients.computeIfAbsent(user, u -> new Recipient());
        MessagingSession earlier = recipient.pulled;
        recipient.pulled = session;
        cancelRetry(recipient);
        if (recipient.live != null) {
            recipient.live.stop();
        } else if (earlier == null) {
            beginPulled(user, recipient);
        }
        if (earlier != null) {
            log.info("{} fetches messages in another session: the one that waited is ended", user);
            earlier.end();
        }
    }

    private void beginPulled(Aor user, Recipient recipient) {
        workers.execute(() -> {
            release(user);
            Devices devices = devices(user);
            synchronized (this) {
                MessagingSession session = recipient.pulled;
                recipient.pulled = null;
                if (closed) {
                    session.end();
                    return;
                }
                recipient.devices = devices;
                boolean oneAtATime = isServedOneAtATime(devices);
                begin(user, recipient, Push.pulled(user, session, means, oneAtATime, new SerialExecutor(workers)));
            }
        });
    }

    private Devices devices(Aor user) {
        try {
            return registrations.find(user).map(Devices::of).orElseGet(() -> Devices.unknown(user));
        } catch (RuntimeException e) {
            log.error("cannot tell the devices of {}", user, e);
            return Devices.unknown(user);
        }
    }

    private boolean isServedOneAtATime(Devices devices) {
        return devices.keys().stream().anyMatch(servedOneAtATime::contains);
    }

    /** Begins no more pushes, and ends those that are live; waits a few seconds for the BYEs. */
    @Override
    public void close() {
        CompletableFuture<?>[] live;
        synchronized (this) {
            closed = true;
            List.copyOf(recipients.values()).forEach(Pushes::end);
            live = recipients.values().stream()
                    .map(recipient -> recipient.live)
                    .filter(Objects::nonNull)
                    .map(push -> push.ended().toCompletableFuture())
                    .toArray(CompletableFuture<?>[]::new);
        }
        Patience.awaits(CompletableFuture.allOf(live), CLOSE_LIMIT);
    }

    private static void end(Recipient recipient) {
        cancelRetry(recipient);
        recipient.registeredMeanwhile = false;
        if (recipient.live != null) {
            recipient.live.stop();
        }
    }

    private void pushSoon(Aor user) {
        workers.execute(() -> pushIfWaiting(user));
    }

    private void pushIfWaiting(Aor user) {
        pushIfWaiting(user, Ask.MORE);
    }

    /** @param ask what another node is asked for that pushes to the user */
    private void pushIfWaiting(Aor user, Ask ask) {
        long changesBefore;
        synchronized (this) {
            changesBefore = settingChanges;
        }
        Optional<Registration> due;
        try {
            due = due(user);
        } catch (RuntimeException e) {
            log.error("cannot tell whether to push to {}", user, e);
            cannotTell(user);
            return;
        }
        synchronized (this) {
            Recipient recipient = recipients.computeIfAbsent(user, u -> new Recipient());
            if (recipient.live != null) {
                recipient.live.more();
            } else if (recipient.pulled != null) {
                log.debug("what waits for {} goes out in the session that the user opened", user);
            } else if (due.isEmpty() || closed || paused) {
                if (due.isPresent() && !closed) {
                    handover.callSoon();
                }
                leaveTurn(user);
                if (recipient.retry == null) {
                    recipients.remove(user);
                }
            } else if (changesBefore != settingChanges) {
                pushSoon(user); // it may be this user's setting
            } else if (turns.take(user)) {
                begin(user, recipient, due.get(), ask);
            } else {
                cancelRetry(recipient);
                log.debug("{} waits for a turn", user);
            }
        }
    }

    /** The user's registration, if it is one to push to and messages wait. */
    private Optional<Registration> due(Aor user) {
        if (!isWanted(user) || !store.anyWaiting(user)) {
            return Optional.empty();
        }
        Optional<Registration> registration = registrations.find(user);
        if (registration.isPresent() && !Devices.of(registration.get()).takeMessages()) {
            log.info("no device of {} takes messages, by its feature tags: they wait for the next registration", user);
            return Optional.empty();
        }
        return registration;
    }

    private boolean isWanted(Aor user) {
        return registrations.isRegistered(user) && settings.of(user) == DeliverySetting.PUSH;
    }

    private synchronized void cannotTell(Aor user) {
        leaveTurn(user);
        Recipient recipient = recipients.computeIfAbsent(user, u -> new Recipient());
        if (recipient.live == null && recipient.pulled == null) {
            follow(user, recipient, new Ending.Failed());
        }
    }

    private void begin(Aor user, Recipient recipient, Registration registration, Ask ask) {
        recipient.registeredUntil = registration.expiresAt();
        recipient.devices = Devices.of(registration);
        boolean oneAtATime = isServedOneAtATime(recipient.devices);
        // Another push, or another node, may have sent all that waited when it was found due.
        begin(
                user,
                recipient,
                Push.inviting(
                        user,
                        inviter,
                        means,
                        () -> isWanted(user) && store.anyWaiting(user),
                        ask,
                        oneAtATime,
                        new SerialExecutor(workers)));
    }

    private void begin(Aor user, Recipient recipient, Push push) {
        cancelRetry(recipient);
        registeredJustNow.remove(user);
        recipient.live = push;
        recipient.registeredMeanwhile = false;
        push.ended()
                .thenAcceptAsync(ending -> ended(user, recipient, ending), workers)
                .thenRun(() -> endListeners.forEach(listener -> listener.accept(user)));
        push.start();
    }

    private synchronized void ended(Aor user, Recipient recipient, Ending ending) {
        boolean pulled = recipient.live.isPulled();
        Optional<Ask> asked = recipient.live.asked();
        recipient.live = null;
        if (!pulled) {
            leaveTurn(user);
        }
        if (ending instanceof Ending.Broken broken && broken.unanswered()) {
            log.info("{} is served one message at a time from now on", user);
            recipient.devices.keys().forEach(servedOneAtATime::add);
        }
        boolean again = pulled
                || asked.equals(Optional.of(Ask.AGAIN))
                || ending instanceof Ending.Finished
                || recipient.registeredMeanwhile;
        if (again || ending instanceof Ending.Broken broken && broken.confirmed() > 0) {
            recipient.failures = 0;
        }
        if (recipient.pulled != null) {
            beginPulled(user, recipient);
        } else if (asked.equals(Optional.of(Ask.LET_GO)) && !recipient.registeredMeanwhile) {
            forget(user, recipient);
        } else if (recipient.registeredMeanwhile && !closed) {
            releaseAndPushSoon(user); // what was held since the registration too
        } else if (again && !closed) {
            pushSoon(user);
        } else {
            follow(user, recipient, ending);
        }
    }

    /** Somebody else may begin: perhaps since he registered. */
    private void leaveTurn(Aor user) {
        Optional<Aor> next = turns.giveBack(user);
        if (!closed) {
            next.ifPresent(one -> workers.execute(() -> pushIfWaiting(one, Ask.AGAIN)));
        }
    }

    /** FLOW.md, 'When a push fails'. */
    private void follow(Aor user, Recipient recipient, Ending ending) {
        RetryPolicy.Next next = retryPolicy.after(ending, recipient.failures);
        if (next instanceof RetryPolicy.Next.Retry retry && !closed) {
            log.info("push to {}: {}, again in {}", user, ending, retry.after());
            recipient.failures++;
            recipients.put(user, recipient);
            cancelRetry(recipient);
            recipient.retry =
                    timer.schedule(() -> retry(user, recipient), retry.after().toMillis(), TimeUnit.MILLISECONDS);
        } else if (next instanceof RetryPolicy.Next.EndRegistration) {
            log.info("push to {}: {}, registration taken as ended", user, ending);
            forget(user, recipient);
            workers.execute(() -> endRegistration(user, recipient.registeredUntil));
        } else if (next instanceof RetryPolicy.Next.LeaveIt) {
            log.debug("push to {}: another node's", user);
            forget(user, recipient);
        } else {
            log.info("push to {}: {}, waits for the next registration", user, ending);
            forget(user, recipient);
        }
    }

    private synchronized void retry(Aor user, Recipient recipient) {
        recipient.retry = null;
        pushSoon(user);
    }

    private void endRegistration(Aor user, Instant until) {
        try {
            registrations.end(user, until);
        } catch (RuntimeException e) {
            log.error("the registration of {} stays until it runs out", user, e);
        }
    }

    private void forget(Aor user, Recipient recipient) {
        cancelRetry(recipient);
        leaveTurn(user);
        recipients.remove(user, recipient);
    }

    private static void cancelRetry(Recipient recipient) {
        Optional.ofNullable(recipient.retry).ifPresent(retry -> retry.cancel(false));
        recipient.retry = null;
    }
}
