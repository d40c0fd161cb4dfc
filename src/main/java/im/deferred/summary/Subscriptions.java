package im.deferred.summary;

import im.deferred.core.Aor;
import im.deferred.core.NotNow;
import im.deferred.core.RefusedException;
import im.deferred.core.RetryAfter;
import im.deferred.core.SipIpCore;
import im.deferred.message.MessageCounts;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.ListIterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.servlet.sip.Address;
import javax.servlet.sip.ServletParseException;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscriptions to users' message summaries on this node (RFC 3842). Users subscribe to their own, whatever they chose about
 * delivery; for those who chose to be notified it is how they learn.
 *
 * <p>Subscriptions live in the memory of this node and end with it: the next SUBSCRIBE in such a dialog is answered 481, and the
 * client subscribes anew (RFC 6665 §4.1.2.2). What another node stores or delivers is told when the client subscribes again.
 */
public final class Subscriptions {

    /** The event package that users may subscribe to. */
    public static final String EVENT_PACKAGE = "message-summary";

    private static final Logger log = LoggerFactory.getLogger(Subscriptions.class);

    private static final Set<String> ACCEPTABLE = Set.of(MessageSummary.CONTENT_TYPE, "application/*", "*/*");

    private final SipIpCore core;
    private final Function<Aor, MessageCounts> counter;
    private final SummaryLimits limits;
    private final Clock clock;
    private final ScheduledExecutorService timer;
    private final Executor workers;
    private final Map<Aor, Set<Subscription>> live = new HashMap<>();
    private int size;

    /**
     * @param counter counts a user's messages; called by the workers, since it may block
     * @param timer what runs on it is short
     * @param workers threads that may block on the database
     */
    public Subscriptions(
            SipIpCore core,
            Function<Aor, MessageCounts> counter,
            SummaryLimits limits,
            Clock clock,
            ScheduledExecutorService timer,
            Executor workers) {
        this.core = core;
        this.counter = counter;
        this.limits = limits;
        this.clock = clock;
        this.timer = timer;
        this.workers = workers;
    }

    /** How many subscriptions there are. */
    public synchronized int live() {
        return size;
    }

    /** What is stored for the user may have changed: their subscribers are told. */
    public void changed(Aor user) {
        Set<Subscription> subscriptions;
        synchronized (this) {
            subscriptions = Set.copyOf(live.getOrDefault(user, Set.of()));
        }
        subscriptions.forEach(Subscription::changed);
    }

    /**
     * A SUBSCRIBE came, for a new subscription or in the dialog of one: it is answered 200, or 403 if it is not from the core or
     * not for the user's own messages, 404 for no user of a served domain, 406 if the subscriber takes no summary, 423 for too short
     * a time, 481 for a subscription that is over, 489 for another event package, 503 if there are too many, or the database fails.
     *
     * @throws IOException if it could not be answered
     */
    void subscribe(SipServletRequest request) throws IOException {
        try {
            Duration duration = admit(request);
            if (request.isInitial()) {
                open(request, duration);
            } else {
                refresh(request, duration);
            }
        } catch (RefusedException e) {
            log.info("SUBSCRIBE {} refused: {} {}", request.getCallId(), e.status(), e.getMessage());
            e.response(request).send();
        }
    }

    /** A response to a NOTIFY came. */
    void answered(SipServletResponse response) {
        if (response.getStatus() >= 200) {
            SubscribedDialog.subscription(response.getSession())
                    .ifPresent(subscription -> subscription.answered(response.getStatus(), RetryAfter.of(response)));
        }
    }

    private void open(SipServletRequest request, Duration duration) throws RefusedException, IOException {
        if (request.getTo().getParameter("tag") != null) {
            throw new RefusedException(481, "Subscription Does Not Exist");
        }
        Aor user = ownUser(request);
        SubscribedDialog dialog = new SubscribedDialog(request.getSession(), event(request));
        Subscription subscription = add(user, dialog);
        try {
            dialog.keepFor(duration);
            dialog.attach(subscription);
            ok(request, duration);
        } catch (IOException | RuntimeException e) {
            remove(user, subscription);
            throw e;
        }
        log.info("SUBSCRIBE {} to the messages of {} for {}", request.getCallId(), user, duration);
        subscription.subscribed(duration);
    }

    private static void refresh(SipServletRequest request, Duration duration) throws RefusedException, IOException {
        EventType event = event(request);
        Subscription subscription = SubscribedDialog.subscription(request.getSession())
                .filter(known -> !known.isOver() && known.event().equals(event))
                .orElseThrow(() -> new RefusedException(481, "Subscription Does Not Exist"));
        new SubscribedDialog(request.getSession(), event).keepFor(duration);
        ok(request, duration);
        subscription.subscribed(duration);
    }

    /** How long it may last. */
    private Duration admit(SipServletRequest request) throws RefusedException {
        if (!core.trusts(request)) {
            throw new RefusedException(403, "Not From The Core");
        }
        if (!event(request).name().equals(EVENT_PACKAGE)) {
            throw badEvent();
        }
        if (!acceptsSummary(request)) {
            throw new RefusedException(406, "Not Acceptable");
        }
        if (request.getExpires() < 0) {
            return limits.usual();
        }
        Duration asked = Duration.ofSeconds(request.getExpires());
        if (!asked.isZero() && asked.compareTo(limits.shortest()) < 0) {
            throw new RefusedException(423, "Interval Too Brief")
                    .with("Min-Expires", Long.toString(limits.shortest().toSeconds()));
        }
        return asked.compareTo(limits.longest()) < 0 ? asked : limits.longest();
    }

    private static EventType event(SipServletRequest request) throws RefusedException {
        return EventType.parse(request.getHeader("Event")).orElseThrow(Subscriptions::badEvent);
    }

    static RefusedException badEvent() {
        return new RefusedException(489, "Bad Event").with("Allow-Events", EVENT_PACKAGE);
    }

    /** Without Accept the subscriber takes what the event package says (RFC 6665 §4.1.2.1). */
    private static boolean acceptsSummary(SipServletRequest request) {
        Iterator<String> values = request.getHeaders("Accept");
        boolean acceptable = !values.hasNext();
        while (values.hasNext()) {
            acceptable |= Stream.of(values.next().split(","))
                    .map(range -> range.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                    .anyMatch(ACCEPTABLE::contains);
        }
        return acceptable;
    }

    /** The user whose messages they are: the one for whom the core speaks (RFC 3325). */
    private Aor ownUser(SipServletRequest request) throws RefusedException {
        Aor user;
        try {
            user = core.ownerOf(request.getRequestURI()).orElseGet(() -> Aor.of(request.getRequestURI()));
        } catch (IllegalArgumentException e) {
            throw new RefusedException(404, "Not a User", e);
        } catch (RuntimeException e) {
            log.error("SUBSCRIBE {}: whose GRUU it names is not known now: {}", request.getCallId(), e.toString());
            throw RefusedException.notNow();
        }
        if (!core.serves(user)) {
            throw new RefusedException(404, "Unknown Domain");
        }
        try {
            ListIterator<Address> asserted = request.getAddressHeaders("P-Asserted-Identity");
            while (asserted.hasNext()) {
                if (Aor.of(asserted.next().getURI()).equals(user)) {
                    return user;
                }
            }
        } catch (ServletParseException | IllegalArgumentException e) {
            throw new RefusedException(400, "Bad P-Asserted-Identity", e);
        }
        throw new RefusedException(403, "Not Your Messages");
    }

    private synchronized Subscription add(Aor user, SubscribedDialog dialog) throws RefusedException {
        Set<Subscription> ofUser = live.getOrDefault(user, Set.of());
        if (size >= limits.subscriptions() || ofUser.size() >= limits.subscriptionsOfOne()) {
            throw new RefusedException(503, "Too Many Subscriptions")
                    .with("Retry-After", Integer.toString(NotNow.RETRY_AFTER));
        }
        Subscription subscription = new Subscription(
                user,
                dialog.event(),
                dialog,
                counter,
                limits.interval(),
                clock,
                timer,
                workers,
                over -> remove(user, over));
        live.computeIfAbsent(user, u -> new HashSet<>()).add(subscription);
        size++;
        return subscription;
    }

    private synchronized void remove(Aor user, Subscription subscription) {
        Set<Subscription> ofUser = live.get(user);
        if (ofUser != null && ofUser.remove(subscription)) {
            size--;
            if (ofUser.isEmpty()) {
                live.remove(user);
            }
        }
    }

    private static void ok(SipServletRequest request, Duration duration) throws IOException {
        SipServletResponse response = request.createResponse(SipServletResponse.SC_OK);
        response.setHeader("Expires", Long.toString(duration.toSeconds()));
        response.send();
    }
}
