package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.message.MessageStore;
import im.deferred.message.Outlet;
import im.deferred.registration.RegistrationListener;
import im.deferred.registration.Registrations;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All pushes of this node: at most one per recipient. A push begins when the user registers while messages wait (seed steps 1
 * and 2), when one is deferred for a registered user, or when its time to be tried again has come.
 */
public final class Pushes implements RegistrationListener, Outlet, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Pushes.class);
    private static final long CLOSE_SECONDS = 5;

    /** What is known of one recipient while there is something to know. */
    private static final class Recipient {
        private Push live;
        /** As known when the live push began. */
        private Instant registeredUntil;

        private boolean registeredMeanwhile;
        private int failures;
        private Future<?> retry;
    }

    private final Registrations registrations;
    private final UserSettings settings;
    private final MessageStore store;
    private final Inviter inviter;
    private final PushLimits limits;
    private final RetryPolicy retryPolicy;
    private final ScheduledExecutorService timer;
    private final Executor workers;
    private final Map<Aor, Recipient> recipients = new HashMap<>();
    private final LongAdder confirmed = new LongAdder();
    private final List<Consumer<Aor>> endListeners = new CopyOnWriteArrayList<>();
    private boolean closed;

    /**
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
            Inviter inviter,
            PushLimits limits,
            Duration retryFirst,
            Duration retryMost,
            DoubleSupplier random,
            ScheduledExecutorService timer,
            Executor workers) {
        this.registrations = registrations;
        this.settings = settings;
        this.store = store;
        this.inviter = inviter;
        this.limits = limits;
        this.retryPolicy = new RetryPolicy(retryFirst, retryMost, random);
        this.timer = timer;
        this.workers = workers;
    }

    /** After a start: pushes to everybody who is registered and for whom messages wait. */
    public void resume() {
        work("resume", () -> store.recipientsWaiting().forEach(this::pushIfWaiting));
    }

    /** How many pushes are live. */
    public synchronized int live() {
        return (int) recipients.values().stream().filter(r -> r.live != null).count();
    }

    /** Tells the listener of every recipient whose push ended from now on. */
    public void whenEnded(Consumer<Aor> listener) {
        endListeners.add(listener);
    }

    /** How many messages clients confirmed since the start. */
    public long confirmed() {
        return confirmed.sum();
    }

    @Override
    public synchronized void registered(Aor user) {
        Recipient recipient = recipients.get(user);
        if (recipient != null) {
            recipient.registeredMeanwhile = recipient.live != null;
            recipient.failures = 0;
        }
        workers.execute(() -> {
            release(user);
            pushIfWaiting(user);
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
        Recipient recipient = recipients.get(user);
        if (recipient == null) {
            return;
        }
        recipient.registeredMeanwhile = false;
        if (recipient.live != null) {
            recipient.live.stop();
        } else {
            forget(user, recipient);
        }
    }

    @Override
    public synchronized boolean isOpen(Aor user) {
        Recipient recipient = recipients.get(user);
        return recipient != null && recipient.live != null;
    }

    @Override
    public synchronized void deferred(Aor user, int status) {
        if (status == 0 || isOpen(user)) {
            pushSoon(user);
        } else if (!recipients.containsKey(user)) {
            // The user's client has just been tried, with a MESSAGE: as if an INVITE had ended like this.
            follow(user, new Recipient(), new Ending.Unreachable(status));
        }
    }

    /** Begins no more pushes, and ends those that are live; waits a few seconds for the BYEs. */
    @Override
    public void close() {
        CompletableFuture<?>[] live;
        synchronized (this) {
            closed = true;
            List.copyOf(recipients.keySet()).forEach(this::deregistered);
            live = recipients.values().stream()
                    .map(recipient -> recipient.live.ended().toCompletableFuture())
                    .toArray(CompletableFuture<?>[]::new);
        }
        CompletableFuture.allOf(live)
                .completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    private void pushSoon(Aor user) {
        workers.execute(() -> pushIfWaiting(user));
    }

    private void pushIfWaiting(Aor user) {
        Optional<Instant> registeredUntil;
        boolean due;
        try {
            registeredUntil = registrations.expiry(user);
            due = registeredUntil.isPresent() && settings.of(user) == DeliverySetting.PUSH && store.anyWaiting(user);
        } catch (RuntimeException e) {
            log.error("cannot tell whether to push to {}", user, e);
            cannotTell(user);
            return;
        }
        synchronized (this) {
            Recipient recipient = recipients.computeIfAbsent(user, u -> new Recipient());
            if (recipient.live != null) {
                recipient.live.more();
            } else if (due && !closed) {
                recipient.registeredUntil = registeredUntil.get();
                begin(user, recipient);
            } else if (recipient.retry == null) {
                recipients.remove(user);
            }
        }
    }

    private synchronized void cannotTell(Aor user) {
        Recipient recipient = recipients.computeIfAbsent(user, u -> new Recipient());
        if (recipient.live == null) {
            follow(user, recipient, new Ending.Failed());
        }
    }

    private void begin(Aor user, Recipient recipient) {
        cancelRetry(recipient);
        Push push = new Push(user, inviter, store, limits, timer, new SerialExecutor(workers), confirmed);
        recipient.live = push;
        recipient.registeredMeanwhile = false;
        push.ended()
                .thenAcceptAsync(ending -> ended(user, recipient, ending), workers)
                .thenRun(() -> endListeners.forEach(listener -> listener.accept(user)));
        push.start();
    }

    private synchronized void ended(Aor user, Recipient recipient, Ending ending) {
        recipient.live = null;
        boolean again = ending instanceof Ending.Finished || recipient.registeredMeanwhile;
        if (again || ending instanceof Ending.Broken broken && broken.confirmed() > 0) {
            recipient.failures = 0;
        }
        if (again && !closed) {
            pushSoon(user);
        } else {
            follow(user, recipient, ending);
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
            work("end of a registration", () -> registrations.end(user, recipient.registeredUntil));
        } else {
            log.info("push to {}: {}, waits for the next registration", user, ending);
            forget(user, recipient);
        }
    }

    private synchronized void retry(Aor user, Recipient recipient) {
        recipient.retry = null;
        pushSoon(user);
    }

    private void work(String what, Runnable task) {
        workers.execute(() -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("{} fails", what, e);
            }
        });
    }

    private void forget(Aor user, Recipient recipient) {
        cancelRetry(recipient);
        recipients.remove(user, recipient);
    }

    private static void cancelRetry(Recipient recipient) {
        Optional.ofNullable(recipient.retry).ifPresent(retry -> retry.cancel(false));
        recipient.retry = null;
    }
}
