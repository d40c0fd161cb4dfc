package im.deferred.message;

import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import javax.servlet.ServletException;
import javax.servlet.sip.SipServletRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells senders what became of their messages, where they asked for it (RFC 5438 §8): that one was stored, that one will not be
 * delivered.
 *
 * <p>A notification goes out like any message: as a SIP MESSAGE through the core to a sender who is there, one at a time to each (RFC
 * 3428 §8); deferred for a user of ours who is away or cannot take it; and dropped if the core cannot bring it to anybody else. Nothing
 * follows from a notification.
 */
public final class Notifications {

    /**
     * How many, for how long.
     *
     * @param waiting notifications that may wait for the one before to the same target, for all targets; what is more is deferred or
     *     dropped
     * @param lifetime how long a deferred notification waits at most
     * @param noAnswer how long the target may take to answer
     */
    public record Limits(int waiting, Duration lifetime, Duration noAnswer) {

        /** How many notifications wait at most, unless told otherwise. */
        public static final int WAITING = 10_000;

        /** @throws IllegalArgumentException if one is out of its bounds */
        public Limits {
            Objects.requireNonNull(lifetime, "lifetime");
            Objects.requireNonNull(noAnswer, "noAnswer");
            if (waiting < 1 || lifetime.isNegative() || noAnswer.isNegative()) {
                throw new IllegalArgumentException("limits of notifications are not negative");
            }
        }
    }

    private static final Logger log = LoggerFactory.getLogger(Notifications.class);

    private final SipIpCore core;
    private final MessageStore store;
    private final Predicate<Aor> registered;
    private final Outlet outlet;
    private final ScheduledExecutorService timers;
    private final Executor workers;
    private final Clock clock;
    private final Limits limits;

    /** For each target the one that is on its way, and those behind it. */
    private final Map<String, Deque<Telling>> lanes = new HashMap<>();

    private int waiting;

    /**
     * @param store is watched from now on: of what it stores, senders are told
     * @param registered who is registered now
     * @param outlet is told of every deferred notification
     * @param timers for the waits for answers; what runs on it is short
     * @param workers build and send notifications, and follow up those that were stored
     */
    public Notifications(
            SipIpCore core,
            MessageStore store,
            Predicate<Aor> registered,
            Outlet outlet,
            ScheduledExecutorService timers,
            Executor workers,
            Clock clock,
            Limits limits) {
        this.core = core;
        this.store = store;
        this.registered = registered;
        this.outlet = outlet;
        this.timers = timers;
        this.workers = workers;
        this.clock = clock;
        this.limits = limits;
        store.watch(this::whenKept);
    }

    /**
     * What is to be done when the message has been stored: its sender is told so, if that was asked for. It is read now, since its
     * body may be gone then.
     */
    Runnable whenKept(NewMessage message) {
        return ImdnRequest.of(message)
                .filter(request -> request.asksFor(ImdnStatus.STORED))
                .map(request -> new ImdnNotification(
                        request, ImdnStatus.STORED, UUID.randomUUID().toString(), message.receivedAt()))
                .<Runnable>map(notification -> () -> onWorker(notification, () -> tell(notification)))
                .orElse(() -> {});
    }

    private void onWorker(ImdnNotification notification, Runnable task) {
        try {
            workers.execute(task);
        } catch (RejectedExecutionException e) {
            log.info("{} not sent: the server stops", notification);
        }
    }

    /** What the sender of a stored message is to be told when it will not be delivered, if he asked for it; always the same. */
    Optional<ImdnNotification> failure(DeferredMessage message) {
        return ImdnRequest.of(message, store)
                .filter(request -> request.asksFor(ImdnStatus.FAILED))
                .map(request ->
                        new ImdnNotification(request, ImdnStatus.FAILED, message.messageId(), message.expiresAt()));
    }

    /**
     * Sends a notification, or keeps it for later.
     *
     * @return when nothing more is to be done: it was sent, is stored, or was dropped; fails if it should have been stored and was not
     */
    CompletionStage<Void> tell(ImdnNotification notification) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Telling telling =
                new Telling(notification, notification.message(now, limits.lifetime()), new CompletableFuture<>());
        if (isForTheStore(notification)) {
            defer(telling, 0, id -> {});
        } else {
            enter(telling);
        }
        return telling.done();
    }

    /** A user of ours who is away, or to whom a session is open, gets it as other messages. */
    private boolean isForTheStore(ImdnNotification notification) {
        Aor sender = notification.request().sender();
        if (notification.isRouted()) {
            return false;
        }
        return registered.test(sender) ? outlet.isOpen(sender) : core.isHome(sender);
    }

    private void enter(Telling telling) {
        boolean full;
        boolean first = false;
        synchronized (lanes) {
            full = waiting >= limits.waiting();
            if (!full) {
                Deque<Telling> lane = lanes.computeIfAbsent(telling.target(), target -> new ArrayDeque<>());
                lane.add(telling);
                waiting++;
                first = lane.size() == 1;
            }
        }
        if (full) {
            defer(telling, 0, id -> {});
        } else if (first) {
            send(telling);
        }
    }

    private void send(Telling telling) {
        ImdnNotification notification = telling.notification();
        NewMessage message = telling.message();
        Forwarding forwarding = new Forwarding(effects(telling));
        try {
            SipServletRequest request = core.requestInTheNameOf(
                    notification.request().recipient(),
                    message.recipient(),
                    telling.target(),
                    "MESSAGE",
                    IncomingMessages.size(message.headers(), message.body().length()));
            IncomingMessages.copy(
                    message.headers(), message.contentType(), message.body().octets(), request, core);
            request.getSession().setHandler(MessageServlet.NAME);
            request.getSession().setAttribute(IncomingMessages.FORWARDING, forwarding);
            forwarding.await(timers, limits.noAnswer());
            core.send(request);
            log.info("{} sent to {} as {}", notification, telling.target(), request.getCallId());
        } catch (IOException | ServletException | IllegalStateException | IllegalArgumentException e) {
            // Containers fail in each of these ways, and put the whole request into what they say.
            log.warn(
                    "{} could not be sent to {}: {}",
                    notification,
                    telling.target(),
                    e.getClass().getSimpleName());
            forwarding.answered(Answer.of(503));
        }
    }

    private Forwarding.Effects effects(Telling telling) {
        return new Forwarding.Effects() {
            @Override
            public void answer(Answer answer) {
                if (answer.status() >= 300) {
                    log.info("{} dropped: {} from {}", telling.notification(), answer.status(), telling.target());
                }
                telling.done().complete(null);
                leave(telling);
            }

            @Override
            public void defer(Forwarding forwarding, int cause) {
                Notifications.this.defer(telling, cause, forwarding::stored);
                // Who cannot take this one now is not asked with each of the others.
                behind(telling).forEach(other -> Notifications.this.defer(other, cause, id -> {}));
            }

            @Override
            public void withdraw(long id) {
                log.info("{} was taken late, {} is withdrawn", telling.notification(), id);
                store.delete(id);
            }
        };
    }

    /** It is no longer on its way: the next one to the same target goes. */
    private void leave(Telling telling) {
        Telling next;
        synchronized (lanes) {
            Deque<Telling> lane = lanes.get(telling.target());
            lane.remove();
            waiting--;
            next = lane.peek();
            if (next == null) {
                lanes.remove(telling.target());
            }
        }
        if (next != null) {
            onWorker(next.notification(), () -> send(next));
        }
    }

    /** All that wait behind it, which wait no longer. */
    private List<Telling> behind(Telling telling) {
        synchronized (lanes) {
            Deque<Telling> lane = lanes.remove(telling.target());
            waiting -= lane.size();
            lane.remove();
            return List.copyOf(lane);
        }
    }

    private void defer(Telling telling, int cause, LongConsumer whenStored) {
        ImdnNotification notification = telling.notification();
        Aor sender = notification.request().sender();
        if (notification.isRouted() || !core.serves(sender)) {
            log.info("{} dropped: {} for {}, who is no user of ours", notification, cause, telling.target());
            telling.done().complete(null);
            return;
        }
        store.store(telling.message())
                .thenAcceptAsync(stored -> stored(telling, stored, cause, whenStored), workers)
                .whenComplete((done, failure) -> {
                    if (failure == null) {
                        telling.done().complete(null);
                    } else {
                        log.warn("{} for {} not stored: {}", notification, sender, failure.toString());
                        telling.done().completeExceptionally(failure);
                    }
                });
    }

    private void stored(Telling telling, Stored stored, int cause, LongConsumer whenStored) {
        Aor sender = telling.notification().request().sender();
        if (stored instanceof Stored.Kept kept) {
            log.info("{} for {} stored as {}, cause {}", telling.notification(), sender, kept.id(), cause);
            whenStored.accept(kept.id());
            outlet.deferred(sender, cause);
        } else if (stored instanceof Stored.Copy copy) {
            log.info("{} for {} is stored as {} already", telling.notification(), sender, copy.id());
            whenStored.accept(copy.id());
        } else {
            log.info("{} dropped: {} is over quota", telling.notification(), sender);
        }
    }

    /** A notification on its way. */
    private record Telling(ImdnNotification notification, NewMessage message, CompletableFuture<Void> done) {

        String target() {
            return notification.target();
        }
    }
}
