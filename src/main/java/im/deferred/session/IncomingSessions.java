package im.deferred.session;

import im.deferred.core.Aor;
import im.deferred.core.Patience;
import im.deferred.core.RefusedException;
import im.deferred.core.SipIpCore;
import im.deferred.message.MessageStore;
import im.deferred.message.Outlet;
import im.deferred.message.SendingSession;
import im.deferred.message.Spools;
import im.deferred.msrp.IncomingHandler;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Predicate;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * INVITEs on their way in (FLOW.md, ways in): for a user who is there, a session of the two with this server between; for one who is not,
 * a session with the server, which stores what is sent; for the server itself, a session in which a user gets what waits.
 */
public final class IncomingSessions implements AutoCloseable {

    /**
     * How much is taken, for how long.
     *
     * @param maxSize the largest message, in octets
     * @param lifetime how long a deferred message waits at most
     * @param answerTimeout how long an INVITE that goes on may ring before its session is deferred
     * @param confirmTimeout how long a message that goes on may be unconfirmed before it is deferred; less than the sender's 30 s (RFC 4975
     *     §7.1.1)
     * @param idle how long a session may be quiet
     * @param sessions how many there may be at once
     * @param window how many messages of one end of a session may be on their way at once
     */
    public record Limits(
            long maxSize,
            Duration lifetime,
            Duration answerTimeout,
            Duration confirmTimeout,
            Duration idle,
            int sessions,
            int window) {

        /** @throws IllegalArgumentException if one is out of its bounds */
        public Limits {
            if (maxSize < 1 || sessions < 1 || window < 1) {
                throw new IllegalArgumentException("limits of sessions are positive");
            }
        }
    }

    /** What every session needs. */
    record Parts(
            Sessions sessions,
            Spools spools,
            Deferral deferral,
            ScheduledExecutorService timer,
            Executor workers,
            Limits limits) {

        Intake intake(Intake.Taker taker) {
            return new Intake(spools, limits.maxSize(), limits.window(), workers, taker);
        }

        Idle idle(MessagingSession session) {
            return new Idle(timer, limits.idle(), session);
        }

        /** Answers in place of a user who is not there. */
        void defer(SendingSession session, AnsweredSession caller, int status) {
            Absence absence = new Absence(session, caller, deferral, status, idle(caller));
            sessions.answer(caller, Terms.taking(limits.maxSize()), intake(absence));
        }
    }

    private static final Logger log = LoggerFactory.getLogger(IncomingSessions.class);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    /** What an INVITE may require (RFC 3261 §8.2.2.3). */
    private static final Set<String> EXTENSIONS = Set.of("timer");

    private final SipIpCore core;
    private final Parts parts;
    private final Predicate<Aor> registered;
    private final Set<AnsweredSession> live = ConcurrentHashMap.newKeySet();
    private volatile Optional<Puller> puller = Optional.empty();

    /**
     * @param registered who is registered now
     * @param outlet is told of every deferred message
     * @param timer what runs on it is short
     * @param workers may block on the disk and the database
     */
    public IncomingSessions(
            SipIpCore core,
            Sessions sessions,
            MessageStore store,
            Spools spools,
            Predicate<Aor> registered,
            Outlet outlet,
            ScheduledExecutorService timer,
            Executor workers,
            Clock clock,
            Limits limits) {
        this.core = core;
        this.registered = registered;
        Deferral deferral = new Deferral(store, outlet, clock, limits.lifetime(), workers);
        this.parts = new Parts(sessions, spools, deferral, timer, workers, limits);
    }

    /** Who sends in the sessions that users open to fetch what waits; without one they are refused with 404. */
    public void pulledBy(Puller sender) {
        puller = Optional.of(sender);
    }

    /** How many sessions there are that users opened. */
    public int live() {
        return live.size();
    }

    /** Ends them; waits a few seconds for the BYEs. */
    @Override
    public void close() {
        List<AnsweredSession> open = List.copyOf(live);
        open.forEach(AnsweredSession::end);
        Patience.awaits(
                CompletableFuture.allOf(open.stream()
                        .map(session -> session.ended().toCompletableFuture())
                        .toArray(CompletableFuture<?>[]::new)),
                CLOSE_LIMIT);
    }

    /** An INVITE came that opens a session: it is answered now or later, once. */
    void arrived(SipServletRequest invite) throws IOException {
        Optional<AnsweredSession> session = Optional.empty();
        try {
            SendingSession asked = admit(invite);
            session = Optional.of(parts.sessions().invited(invite));
            count(session.get());
            go(asked, session.get());
        } catch (RefusedException e) {
            log.info(
                    "INVITE {} for {} refused: {} {}",
                    invite.getCallId(),
                    invite.getRequestURI(),
                    e.status(),
                    e.getCause() == null
                            ? e.getMessage()
                            : e.getMessage() + ", " + e.getCause().getMessage());
            refuse(invite, session, e);
        } catch (RuntimeException e) {
            log.error("INVITE {}: {}", invite.getCallId(), e.toString());
            refuse(invite, session, RefusedException.notNow());
        }
    }

    private static void refuse(SipServletRequest invite, Optional<AnsweredSession> session, RefusedException why)
            throws IOException {
        if (session.isPresent()) {
            session.get().refuse(why);
        } else {
            why.response(invite).send();
        }
    }

    private SendingSession admit(SipServletRequest invite) throws RefusedException {
        if (!core.trusts(invite)) {
            throw new RefusedException(SipServletResponse.SC_FORBIDDEN, "Not From The Core");
        }
        Set<String> unsupported = new LinkedHashSet<>();
        for (Iterator<String> values = invite.getHeaders("Require"); values.hasNext(); ) {
            for (String tag : values.next().split(",")) {
                if (!EXTENSIONS.contains(tag.strip().toLowerCase(Locale.ROOT))) {
                    unsupported.add(tag.strip());
                }
            }
        }
        if (!unsupported.isEmpty()) {
            throw new RefusedException(SipServletResponse.SC_BAD_EXTENSION, "Bad Extension")
                    .with("Unsupported", String.join(", ", unsupported));
        }
        String type = invite.getContentType();
        if (type != null && !type.split(";", 2)[0].strip().equalsIgnoreCase("application/sdp")) {
            throw new RefusedException(SipServletResponse.SC_UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type")
                    .with("Accept", "application/sdp");
        }
        SendingSession asked = SendingSession.of(invite, core::ownerOf);
        if (!core.serves(asked.recipient())) {
            throw new RefusedException(SipServletResponse.SC_NOT_FOUND, "Unknown Domain");
        }
        return asked;
    }

    private void count(AnsweredSession session) throws RefusedException {
        live.add(session);
        session.ended().thenRun(() -> live.remove(session));
        if (live.size() > parts.limits().sessions()) {
            throw RefusedException.notNow();
        }
    }

    private void go(SendingSession asked, AnsweredSession session) throws RefusedException {
        if (asked.recipient().uri().startsWith("sip:" + Puller.USER + "@")) {
            pull(asked, session);
        } else if (registered.test(asked.recipient())) {
            log.info("INVITE {} for {} goes on", asked.callId(), asked.recipient());
            new Bridge(parts, asked, session).start();
        } else if (session.offer().direction().sends()) {
            log.info("INVITE {} for {} is deferred: not registered", asked.callId(), asked.recipient());
            parts.defer(asked, session, 0);
        } else {
            throw new RefusedException(480, "Nobody Is There To Send");
        }
    }

    private void pull(SendingSession asked, AnsweredSession session) throws RefusedException {
        Puller sender =
                puller.orElseThrow(() -> new RefusedException(SipServletResponse.SC_NOT_FOUND, "Nothing To Fetch"));
        Aor user = user(asked);
        if (!session.offer().receives()) {
            throw new RefusedException(SipServletResponse.SC_NOT_ACCEPTABLE_HERE, "An Offer That Does Not Receive");
        }
        log.info("INVITE {}: {} fetches what waits", asked.callId(), user);
        parts.sessions().answer(session, Terms.sending(session.offer().acceptTypes()), IncomingHandler.REFUSE_ALL);
        sender.pulled(user, session);
    }

    /** Whoever fetches is given messages, and they are gone then: From, which anybody may write, is not enough (RFC 3325). */
    private Aor user(SendingSession asked) throws RefusedException {
        if (asked.headers().stream().noneMatch(header -> header.is("P-Asserted-Identity"))) {
            throw new RefusedException(SipServletResponse.SC_FORBIDDEN, "Not Asserted By The Core");
        }
        List<Aor> asserted = asked.asserted();
        return asserted.stream()
                .filter(core::isHome)
                .findFirst()
                .or(() -> asserted.stream().filter(core::serves).findFirst())
                .orElseThrow(() -> new RefusedException(SipServletResponse.SC_FORBIDDEN, "Not A User Of This Server"));
    }
}
