package im.deferred.message;

import im.deferred.core.RetryAfter;
import im.deferred.core.SipIpCore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.servlet.ServletException;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what was deferred as SIP MESSAGE (RFC 3428): for clients that take it in no session.
 *
 * <p>It goes out as the original would have gone on: the sender's From, the original's To, P-Asserted-Identity and all other
 * end-to-end headers, Content-Type and body; and with the time it was received as Date, where the original has none. Call-ID, CSeq
 * and the tag of From are new: they are the container's (JSR 289 §4.1.2). Of what came as SEND only those headers go along that its
 * session's INVITE told, and those that tell what its content is.
 */
public final class PageMode {

    /** The largest body sent so, in octets. What is larger belongs into a session (RFC 3428 §8). */
    public static final int MAX_BODY = MessageStore.PIECE;

    private static final Logger log = LoggerFactory.getLogger(PageMode.class);

    /** Longer than a transaction lives without an answer (RFC 3261 §17.1.2.2: 32 s). */
    private static final int LAST_ANSWER_SECONDS = 40;

    private static final int REQUEST_TIMEOUT = 408;

    /** What the INVITE told of a message that came as SEND. */
    private static final Set<String> OF_THE_SESSION = Set.of("p-asserted-identity", "privacy");

    private static final String ATTRIBUTE = PageMode.class.getName();

    private final SipIpCore core;
    private final MessageStore store;
    private final ScheduledExecutorService timer;

    /** @param timer for answers that never come; what runs on it is short */
    public PageMode(SipIpCore core, MessageStore store, ScheduledExecutorService timer) {
        this.core = core;
        this.store = store;
        this.timer = timer;
    }

    /** What is known of a message under way by the session in which its answer comes. */
    private record UnderWay(CompletableFuture<PageAnswer> answer) {}

    /**
     * Sends a message whose body is not over {@link #MAX_BODY}. Whoever sends to one user waits for the answer before the next one
     * (RFC 3428 §8). Reads the store, which may block.
     *
     * @return the final answer, 503 when it could not leave; fails only when no request can be made of the message
     * @throws jakarta.persistence.PersistenceException when the store cannot be read
     */
    public CompletionStage<PageAnswer> send(DeferredMessage message) {
        byte[] body = store.read(message.id(), 0, MAX_BODY);
        if (body.length != message.size()) {
            return CompletableFuture.failedFuture(new IllegalStateException("gone from the store, or too large"));
        }
        CompletableFuture<PageAnswer> answer = new CompletableFuture<>();
        try {
            SipServletRequest page = page(message, body);
            page.getSession().setHandler(MessageServlet.NAME);
            page.getSession().setAttribute(ATTRIBUTE, new UnderWay(answer));
            Runnable noAnswer = () -> answer.complete(new PageAnswer(REQUEST_TIMEOUT, Optional.empty()));
            Future<?> silence = timer.schedule(noAnswer, LAST_ANSWER_SECONDS, TimeUnit.SECONDS);
            answer.whenComplete((answered, failure) -> silence.cancel(false));
            core.send(page);
        } catch (IOException | IllegalStateException e) {
            // Containers put the whole request into what they say.
            log.warn(
                    "{} for {} could not be sent as MESSAGE: {}",
                    message.callId(),
                    message.recipient(),
                    e.getClass().getSimpleName());
            answer.complete(new PageAnswer(SipServletResponse.SC_SERVICE_UNAVAILABLE, Optional.empty()));
        } catch (ServletException | IllegalArgumentException e) {
            answer.completeExceptionally(new IllegalArgumentException(
                    "no MESSAGE can be made of it: " + e.getClass().getSimpleName()));
        }
        return answer;
    }

    private SipServletRequest page(DeferredMessage message, byte[] body) throws IOException, ServletException {
        List<Header> headers = new ArrayList<>(message.headers());
        if (message.origin() == Origin.MSRP_SEND) {
            headers.removeIf(header -> !isOfSession(header));
        }
        if (headers.stream().noneMatch(header -> header.is("Date"))) {
            headers.add(new Header("Date", message.date()));
        }
        SipServletRequest page = core.later(
                message.recipient(),
                "MESSAGE",
                message.header("From").orElse("<" + message.sender() + ">"),
                message.header("To").orElse("<" + message.recipient() + ">"),
                core.newApplicationSession(),
                IncomingMessages.size(headers, body.length));
        IncomingMessages.copy(headers, message.contentType(), body, page, core);
        return page;
    }

    /** A SEND's own headers are nobody's word but its sender's, past the core; in a request of this server they would be taken for its. */
    private static boolean isOfSession(Header header) {
        String name = header.name().toLowerCase(Locale.ROOT);
        return OF_THE_SESSION.contains(name) || name.startsWith("content-");
    }

    /** A response came: true when it is one to a message of ours. */
    static boolean answered(SipServletResponse response) {
        if (!(response.getSession().getAttribute(ATTRIBUTE) instanceof UnderWay page)) {
            return false;
        }
        if (response.getStatus() >= 200) {
            page.answer().complete(new PageAnswer(response.getStatus(), RetryAfter.of(response)));
        }
        return true;
    }
}
