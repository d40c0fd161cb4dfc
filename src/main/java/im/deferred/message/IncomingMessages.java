package im.deferred.message;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import im.deferred.core.SipIpCore;
import jakarta.persistence.PersistenceException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import javax.servlet.ServletException;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIP MESSAGE on its way in (RFC 3428): forwarded to a user who is there, kept for one who is not. The sender's 202 follows the
 * commit, never the other way round.
 */
public final class IncomingMessages {

    /**
     * How much is taken, for how long.
     *
     * @param maxSize the largest body, in octets
     * @param lifetime how long a deferred message waits at most
     * @param noAnswer how long a forwarded message waits for an answer before it is deferred; less than the sender's 32 s (RFC
     *     3261 §17.1.2.2)
     * @param agent the server's host name, as Warning names who warns (RFC 3261 §20.43)
     */
    public record Limits(long maxSize, Duration lifetime, Duration noAnswer, String agent) {

        /** @throws IllegalArgumentException if one is out of its bounds */
        public Limits {
            Objects.requireNonNull(agent, "agent");
            if (maxSize < 0 || lifetime.isNegative() || noAnswer.isNegative()) {
                throw new IllegalArgumentException("limits of messages are not negative");
            }
        }
    }

    /** Which way a message goes. */
    enum Way {
        /** To the user who is there. */
        FORWARD,
        /** Into the store. */
        DEFER,
        /** Nowhere, and nobody minds. */
        DROP,
        /** Back to the sender: it is worth nothing later, and the user is away. */
        REFUSE
    }

    private static final Logger log = LoggerFactory.getLogger(IncomingMessages.class);

    /** The attribute of a session under which an answer finds the {@link Forwarding} that it is for. */
    static final String FORWARDING = Forwarding.class.getName();

    private static final List<String> OF_THE_CONTAINER = List.of("From", "To", "Call-ID", "CSeq", "Contact");

    private static final List<String> PASSED_BACK = List.of(
            "Retry-After",
            "Warning",
            "Reason",
            "Error-Info",
            "Accept",
            "Unsupported",
            "WWW-Authenticate",
            "Proxy-Authenticate");

    private final SipIpCore core;
    private final MessageStore store;
    private final Predicate<Aor> registered;
    private final Outlet outlet;
    private final ScheduledExecutorService timers;
    private final Executor workers;
    private final Clock clock;
    private final Limits limits;
    private final MessageReader reader;

    /**
     * @param registered who is registered now
     * @param outlet is told of every deferred message
     * @param timers for the waits for answers; what runs on it is short
     * @param workers send the answers that follow a commit
     */
    public IncomingMessages(
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
        this.reader = new MessageReader(clock, limits.lifetime(), core::ownerOf);
    }

    /**
     * A MESSAGE came: it is answered now or later, once.
     *
     * @param servlet the name of the servlet that hands us {@linkplain #answered answers} to what we send
     */
    void arrived(SipServletRequest request, String servlet) {
        try {
            NewMessage message = admit(request);
            switch (way(message)) {
                case DROP -> reply(request, Answer.of(200));
                case DEFER -> defer(request, message, 0, id -> {});
                case FORWARD -> forward(request, message, servlet);
                case REFUSE -> throw new RefusedException(480, "Away And The Message Is Expired");
            }
        } catch (RefusedException e) {
            log.info(
                    "MESSAGE {} for {} refused: {} {}",
                    request.getCallId(),
                    request.getRequestURI(),
                    e.status(),
                    e.getMessage());
            reply(request, Answer.of(e.status(), e.getMessage()).warning(limits.agent(), e.getMessage()));
        } catch (PersistenceException e) {
            log.error("MESSAGE {}: the database fails: {}", request.getCallId(), e.getMessage());
            reply(request, Answer.busy());
        }
    }

    /** A response to a forwarded message came. */
    void answered(SipServletResponse response) {
        Object forwarding = response.getSession().getAttribute(FORWARDING);
        if (response.getStatus() >= 200 && forwarding instanceof Forwarding trying) {
            trying.answered(answer(response));
        }
    }

    private NewMessage admit(SipServletRequest request) throws RefusedException {
        if (!core.trusts(request)) {
            throw new RefusedException(403, "Not From The Core");
        }
        checkSize(request.getContentLength());
        NewMessage message = reader.read(request);
        if (!core.serves(message.recipient())) {
            throw new RefusedException(404, "Unknown Domain");
        }
        checkSize(message.body().length());
        return message;
    }

    private void checkSize(long octets) throws RefusedException {
        if (octets > limits.maxSize()) {
            throw new RefusedException(413, "More Than " + limits.maxSize() + " Octets");
        }
    }

    /** A copy of what is stored, or was a moment ago, does not go on: the user would have it twice. */
    private Way way(NewMessage message) {
        Aor recipient = message.recipient();
        boolean there = registered.test(recipient);
        Way way = way(
                there,
                there && outlet.isOpen(recipient),
                message.isOfTheMoment(),
                message.isExpired(message.receivedAt()));
        return way == Way.FORWARD && !message.isOfTheMoment() && store.isCopy(message) ? Way.DEFER : way;
    }

    /**
     * FLOW.md, ways in: what is worth nothing later goes to whoever is there; if nobody is, what is of the moment goes nowhere, and what
     * its sender limited to now goes back. The rest waits if it must.
     */
    static Way way(boolean registered, boolean outletOpen, boolean ofTheMoment, boolean expired) {
        if (ofTheMoment || expired) {
            return registered ? Way.FORWARD : ofTheMoment ? Way.DROP : Way.REFUSE;
        }
        return registered && !outletOpen ? Way.FORWARD : Way.DEFER;
    }

    private void defer(SipServletRequest request, NewMessage message, int cause, LongConsumer whenStored) {
        store.store(message)
                .handleAsync(
                        (stored, failure) -> {
                            if (failure == null) {
                                stored(request, message, cause, stored, whenStored);
                            } else {
                                notStored(request, message, failure);
                            }
                            return stored;
                        },
                        workers)
                .exceptionally(failure -> {
                    log.error("MESSAGE {} for {} was not followed up", message.callId(), message.recipient(), failure);
                    return null;
                });
    }

    private void stored(
            SipServletRequest request, NewMessage message, int cause, Stored stored, LongConsumer whenStored) {
        report(message, stored, cause);
        reply(request, answer(stored));
        if (stored instanceof Stored.Kept kept) {
            whenStored.accept(kept.id());
            outlet.deferred(message.recipient(), cause);
        } else if (stored instanceof Stored.Copy copy) {
            whenStored.accept(copy.id());
        }
    }

    private static void notStored(SipServletRequest request, NewMessage message, Throwable failure) {
        log.warn(
                "MESSAGE {} for {} not stored: {}",
                message.callId(),
                message.recipient(),
                failure.getClass().getSimpleName());
        reply(request, failure instanceof StoreBusyException ? Answer.busy() : Answer.of(500));
    }

    private static void report(NewMessage message, Stored stored, int cause) {
        String callId = message.callId();
        Aor recipient = message.recipient();
        if (stored instanceof Stored.Kept kept) {
            log.info(
                    "MESSAGE {} for {} stored as {}: {} octets, cause {}",
                    callId,
                    recipient,
                    kept.id(),
                    message.body().length(),
                    cause);
        } else if (stored instanceof Stored.Copy copy) {
            log.info("MESSAGE {} for {} is a copy of {}", callId, recipient, copy.id());
        } else {
            log.info("MESSAGE {} for {} refused: over quota", callId, recipient);
        }
    }

    private Answer answer(Stored stored) {
        if (stored instanceof Stored.OverQuota over) {
            return Answer.of(480).warning(limits.agent(), over.inWords());
        }
        return Answer.of(202);
    }

    private void forward(SipServletRequest request, NewMessage message, String servlet) throws RefusedException {
        int hops = request.getMaxForwards();
        if (hops == 0) {
            throw new RefusedException(483, "Too Many Hops");
        }
        Forwarding forwarding = new Forwarding(effects(request, message));
        try {
            SipServletRequest onward = core.onward(
                    request,
                    request.getApplicationSession(),
                    size(message.headers(), message.body().length()));
            if (hops > 0) {
                onward.setMaxForwards(hops - 1);
            }
            copy(message.headers(), message.contentType(), message.body().octets(), onward, core);
            onward.getSession().setHandler(servlet);
            onward.getSession().setAttribute(FORWARDING, forwarding);
            forwarding.await(timers, limits.noAnswer());
            core.send(onward);
            log.info(
                    "MESSAGE {} for {} forwarded as {}: {} octets",
                    message.callId(),
                    message.recipient(),
                    onward.getCallId(),
                    message.body().length());
        } catch (IOException | ServletException | IllegalStateException | IllegalArgumentException e) {
            // Containers fail in each of these ways, and put the whole request into what they say.
            log.warn(
                    "MESSAGE {} for {} could not be forwarded: {}",
                    message.callId(),
                    message.recipient(),
                    e.getClass().getSimpleName());
            forwarding.answered(Answer.of(503));
        }
    }

    /** About how large the request is that carries it on, in octets, without what the core and the container put into it. */
    static int size(List<Header> headers, long body) {
        return (int) body
                + headers.stream()
                        .mapToInt(header -> header.toString().length() + 2)
                        .sum();
    }

    /**
     * The end-to-end headers and the body. From, To, CSeq, Call-ID and Contact are the container's (JSR 289 §4.1.2); an asserted identity
     * is for a trusted core only, which does what Privacy asks where the message leaves it (RFC 3325 §7).
     */
    static void copy(List<Header> headers, String contentType, byte[] body, SipServletRequest onward, SipIpCore core)
            throws IOException {
        for (Header header : headers) {
            boolean passes = header.is("P-Asserted-Identity") ? core.isTrusted() : !isOfTheContainer(header);
            if (passes) {
                onward.addHeader(header.name(), header.value());
            }
        }
        if (body.length > 0) {
            onward.setContent(body, contentType == null ? "application/octet-stream" : contentType);
        }
    }

    private static boolean isOfTheContainer(Header header) {
        return OF_THE_CONTAINER.stream().anyMatch(header::is);
    }

    private Forwarding.Effects effects(SipServletRequest request, NewMessage message) {
        return new Forwarding.Effects() {
            @Override
            public void answer(Answer answer) {
                reply(request, answer);
            }

            @Override
            public void defer(Forwarding forwarding, int cause) {
                if (message.isOfTheMoment()) {
                    answer(Answer.of(200));
                } else if (message.isExpired(clock.instant())) {
                    answer(Answer.of(cause).warning(limits.agent(), "the message is expired, and not kept"));
                } else {
                    IncomingMessages.this.defer(request, message, cause, forwarding::stored);
                }
            }

            @Override
            public void withdraw(long id) {
                log.info(
                        "MESSAGE {} for {} was taken late, {} is withdrawn", message.callId(), message.recipient(), id);
                store.delete(id);
            }
        };
    }

    private static Answer answer(SipServletResponse response) {
        List<Header> headers = new ArrayList<>();
        for (String name : PASSED_BACK) {
            response.getHeaders(name).forEachRemaining(value -> headers.add(Header.unfolded(name, value)));
        }
        return new Answer(response.getStatus(), response.getReasonPhrase(), headers);
    }

    private static void reply(SipServletRequest request, Answer answer) {
        try {
            SipServletResponse response = answer.reason() == null
                    ? request.createResponse(answer.status())
                    : request.createResponse(answer.status(), answer.reason());
            for (Header header : answer.headers()) {
                response.addHeader(header.name(), header.value());
            }
            response.send();
        } catch (IOException | IllegalStateException e) {
            log.warn(
                    "the answer {} to MESSAGE {} was not sent: {}", answer.status(), request.getCallId(), e.toString());
        }
    }
}
