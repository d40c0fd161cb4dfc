package im.deferred.session;

import im.deferred.msrp.Delivery;
import im.deferred.msrp.MsrpSession;
import im.deferred.msrp.OutgoingMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An MSRP session with one user: the dialog that sets it up and ends it (RFC 3261 §13, §15), and the connection in it.
 *
 * <p>Events come from the container's threads, timers and the MSRP event loops; each transition is made under the object's lock
 * and what it causes outside is done after.
 */
public final class MessagingSession {

    private enum State {
        /** INVITE sent, no final response. */
        INVITING,
        /** Given up waiting; a final response is still to come. */
        CANCELLING,
        /** ACK sent, MSRP connection not there yet. */
        CONNECTING,
        ESTABLISHED,
        /** BYE sent. */
        ENDING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(MessagingSession.class);
    private static final String ATTRIBUTE = MessagingSession.class.getName();

    private final SipServletRequest invite;
    private final Function<MessageMedia, MsrpSession> opener;
    private final CompletableFuture<MessagingSession> established = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private State state = State.INVITING;
    private boolean provisionalSeen;
    private SipSession dialog;
    private MessageMedia remote;
    /** From the answer on. */
    private volatile MsrpSession media;

    /** @param opener opens the MSRP session that the answer agrees to */
    MessagingSession(SipServletRequest invite, Function<MessageMedia, MsrpSession> opener) {
        this.invite = invite;
        this.opener = opener;
    }

    /** The session that a SIP message belongs to; none when the dialog is a fork's that was not taken. */
    static Optional<MessagingSession> of(SipSession dialog) {
        Object session = dialog.getAttribute(ATTRIBUTE);
        if (session == null) {
            // A forked 2xx comes in a SipSession of its own, in the same application session (SIP Servlet 1.1
            // §6.2.3.2).
            session = dialog.getApplicationSession().getAttribute(ATTRIBUTE);
        }
        return Optional.ofNullable((MessagingSession) session);
    }

    void attach(SipSession inviting) {
        dialog = inviting;
        inviting.setAttribute(ATTRIBUTE, this);
        inviting.getApplicationSession().setAttribute(ATTRIBUTE, this);
    }

    /** Completes when the session can be sent in, or with a {@link SessionFailure}. */
    CompletionStage<MessagingSession> established() {
        return established;
    }

    /** Completes when the session is over, whoever ended it, and the BYE is answered or given up. */
    public CompletionStage<Void> ended() {
        return ended;
    }

    /** Whether the user's client takes messages of this media type (RFC 4975 §8.6). */
    public boolean accepts(String type) {
        return remote.accepts(type);
    }

    /** Whether the client takes this media type inside a wrapper such as {@code message/cpim}. */
    public boolean acceptsWrapped(String type) {
        return remote.acceptsWrapped(type);
    }

    /** The largest message that the client takes, in octets, where it said so ({@code a=max-size}). */
    public OptionalLong maxSize() {
        return remote.maxSize();
    }

    /** Seed step 8: sends a message. In the order of the calls; the outcome is the client's own word (step 9). */
    public CompletionStage<Delivery> send(OutgoingMessage message) {
        return media.send(message);
    }

    /** Seed step 10: ends the session with a BYE; see {@link #ended()}. Does nothing when it is over already. */
    public void end() {
        synchronized (this) {
            if (state != State.CONNECTING && state != State.ESTABLISHED) {
                return;
            }
            state = State.ENDING;
        }
        established.completeExceptionally(
                new SessionFailure(SessionFailure.NO_CONNECTION, Optional.empty(), "the MSRP connection failed"));
        try {
            dialog.createRequest("BYE").send();
        } catch (IOException | IllegalStateException e) {
            log.warn("no BYE could be sent: {}", e.getMessage());
            over();
        }
    }

    // What SIP brings, from SessionServlet.

    /** Seed step 5, on the way: 1xx. */
    void provisional() throws IOException {
        synchronized (this) {
            boolean first = !provisionalSeen;
            provisionalSeen = true;
            if (state != State.CANCELLING || !first) {
                return;
            }
        }
        invite.createCancel().send();
    }

    /** Seed steps 5 to 7: the first 2xx is taken; any other, and one that crossed a CANCEL, is ACKed and BYEd. */
    void answered(SipServletResponse ok) throws IOException {
        boolean taken;
        synchronized (this) {
            taken = state == State.INVITING;
            if (taken) {
                state = State.CONNECTING;
                dialog = ok.getSession();
            }
        }
        ok.createAck().send();
        if (!taken) {
            ok.getSession().createRequest("BYE").send();
            return;
        }
        try {
            remote = readAnswer(ok);
        } catch (SdpException e) {
            log.warn("answer of no use, Call-ID {}: {}", ok.getCallId(), e.getMessage());
            established.completeExceptionally(
                    new SessionFailure(SipServletResponse.SC_NOT_ACCEPTABLE_HERE, Optional.empty(), e.getMessage()));
            end();
            return;
        }
        media = opener.apply(remote);
        media.closed().thenRun(this::end);
        media.ready().whenComplete((ready, failure) -> connected(failure));
    }

    /** The INVITE failed. */
    void refused(SipServletResponse response) {
        fail(response.getStatus(), retryAfter(response));
    }

    /** The time for an answer has run out: CANCEL, once there is something to cancel (RFC 3261 §9.1). */
    void answerTimedOut() {
        boolean cancel;
        synchronized (this) {
            if (state != State.INVITING) {
                return;
            }
            state = State.CANCELLING;
            cancel = provisionalSeen;
        }
        established.completeExceptionally(
                new SessionFailure(SipServletResponse.SC_REQUEST_TIMEOUT, Optional.empty(), "no answer in time"));
        if (cancel) {
            try {
                invite.createCancel().send();
            } catch (IOException | IllegalStateException e) {
                log.warn("no CANCEL could be sent: {}", e.getMessage());
            }
        }
    }

    /** The client said BYE, and was answered. */
    void ended(SipServletRequest bye) {
        if (bye.getSession().equals(dialog)) {
            over();
        }
    }

    /** Seed step 13: the BYE was answered, with whatever status: the dialog is over (RFC 3261 §15.1.1). */
    void byeAnswered(SipServletResponse response) {
        if (response.getSession().equals(dialog)) {
            over();
        }
    }

    private void connected(Throwable failure) {
        if (failure != null) {
            log.warn("no MSRP connection: {}", failure.getMessage());
            end();
            return;
        }
        synchronized (this) {
            if (state != State.CONNECTING) {
                return;
            }
            state = State.ESTABLISHED;
        }
        established.complete(this);
    }

    private void fail(int status, Optional<Duration> retryAfter) {
        synchronized (this) {
            state = State.ENDED;
        }
        established.completeExceptionally(new SessionFailure(status, retryAfter, "INVITE answered " + status));
        ended.complete(null);
    }

    private void over() {
        synchronized (this) {
            if (state == State.ENDED) {
                return;
            }
            state = State.ENDED;
        }
        closeMedia();
        established.completeExceptionally(
                new SessionFailure(SessionFailure.NO_CONNECTION, Optional.empty(), "the client left"));
        ended.complete(null);
    }

    private static MessageMedia readAnswer(SipServletResponse ok) throws SdpException, IOException {
        byte[] body = ok.getRawContent();
        if (body == null) {
            throw new SdpException("no SDP in the answer");
        }
        MessageMedia answer = MessageMedia.parse(new String(body, StandardCharsets.UTF_8));
        if (answer.port() == 0) {
            throw new SdpException("the stream was rejected");
        }
        if (!answer.receives()) {
            throw new SdpException("the client does not receive");
        }
        return answer;
    }

    private void closeMedia() {
        if (media != null) {
            media.close();
        }
    }

    private static Optional<Duration> retryAfter(SipServletResponse response) {
        String value = response.getHeader("Retry-After");
        if (value == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value.split("[ (;]", 2)[0])));
        } catch (NumberFormatException e) {
            log.warn("Retry-After is no number: {}", value);
            return Optional.empty();
        }
    }
}
