package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.message.DeferredMessage;
import im.deferred.message.Encapsulation.Form;
import im.deferred.message.MessageStore;
import im.deferred.message.PageAnswer;
import im.deferred.message.PageMode;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.node.Ask;
import im.deferred.node.Claim;
import im.deferred.node.ClaimLostException;
import im.deferred.node.Node;
import im.deferred.push.PageQueue.Page;
import im.deferred.session.MessagingSession;
import im.deferred.session.SessionFailure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One push: a session with one recipient, and in it every message that waits, oldest first, from the INVITE to the BYE. What the
 * client takes in no session goes out in page mode, or is held.
 *
 * <p>All of it runs on one {@code serial} executor, one step after another; what happens elsewhere (SIP, MSRP, the store's
 * commits, timers) comes back to it.
 */
final class Push {

    /**
     * What all pushes of a node work with.
     *
     * @param pagesAllowed whether a user allows page mode; may block on the database
     * @param timer for the idle time
     */
    record Means(
            Node node,
            MessageStore store,
            Pager pager,
            Predicate<Aor> pagesAllowed,
            PushLimits limits,
            ScheduledExecutorService timer,
            Outcomes outcomes) {}

    private enum State {
        /** Another node may be pushing to the recipient. */
        CLAIMING,
        /** Seed steps 2 to 7: no session yet. */
        INVITING,
        /** Steps 8 and 9: messages are on their way, or may come. */
        SENDING,
        /** Steps 10 to 13: BYE sent. */
        ENDING,
        /** There is no session of use: what waits goes out in page mode, or is held. */
        WITHOUT_SESSION,
        /** The session is over; what was confirmed in it may not yet be out of the store. */
        SETTLING,
        ENDED
    }

    private static final Logger log = LoggerFactory.getLogger(Push.class);

    /** How many messages are looked up at a time. */
    private static final int BATCH = 100;

    private static final List<String> OFFERED_TYPES =
            Stream.of(Form.values()).map(Form::contentType).toList();

    /** How often a claim is tried for a session that the recipient has opened, and how long after each other: a minute in all. */
    private static final int CLAIMS = 120;

    private static final long BETWEEN_CLAIMS_MILLIS = 500;

    private static final int NOT_ACCEPTABLE_HERE = 488;

    /** What is said of the session itself, not of the user (RFC 3261 §21.4.13, §21.4.26, §21.6.4). */
    private static final Set<Integer> NO_SUCH_SESSION = Set.of(415, NOT_ACCEPTABLE_HERE, 606);

    private final Aor recipient;
    private final Inviter inviter;
    private final Means means;
    private final MessageStore store;
    /** The session that the recipient opened, or null. */
    private final MessagingSession opened;

    private final BooleanSupplier wanted;
    private final Ask ask;
    private final int window;
    private final Executor serial;
    private final CompletableFuture<Ending> ended = new CompletableFuture<>();

    private final Deque<DeferredMessage> queue = new ArrayDeque<>();
    private final PageQueue pages = new PageQueue();
    private State state = State.CLAIMING;
    private int claims;
    private Claim claim;
    /** What other nodes asked for meanwhile. */
    private volatile Optional<Ask> asked = Optional.empty();

    private MessagingSession session;
    private long lastQueued;
    /** How many answers are not here yet, or not yet in the store. */
    private int open;
    /** How many SENDs are unanswered. */
    private int unanswered;

    private int confirmed;
    private boolean moreMayWait = true;
    private boolean stopping;
    /** Why there is no session of use, once it is so. */
    private String sessionless;
    /** Once it was looked up; anew whenever there may be more, for the user may have chosen. */
    private Boolean mayPage;

    private Ending ending = new Ending.Finished();
    private Future<?> idleTimer;

    private Push(
            Aor recipient,
            Inviter inviter,
            Means means,
            MessagingSession opened,
            BooleanSupplier wanted,
            Ask ask,
            boolean oneAtATime,
            Executor serial) {
        this.recipient = recipient;
        this.inviter = inviter;
        this.means = means;
        this.store = means.store();
        this.opened = opened;
        this.wanted = wanted;
        this.ask = ask;
        this.window = oneAtATime ? 1 : means.limits().window();
        this.serial = serial;
    }

    /**
     * A push in a session to which the recipient is invited.
     *
     * @param wanted whether the recipient is still there and wants it, and messages wait; asked when nobody else can push any more
     * @param ask what another node is asked for that pushes to the recipient
     * @param oneAtATime whether each SEND waits for the answer to the one before it
     * @param serial runs one task at a time, in order; it may block on the database
     */
    static Push inviting(
            Aor recipient,
            Inviter inviter,
            Means means,
            BooleanSupplier wanted,
            Ask ask,
            boolean oneAtATime,
            Executor serial) {
        return new Push(recipient, inviter, means, null, wanted, ask, oneAtATime, serial);
    }

    /** The same in a session that the recipient opens: what does not go in it waits, and no other way is tried. */
    static Push pulled(Aor recipient, MessagingSession session, Means means, boolean oneAtATime, Executor serial) {
        return new Push(
                recipient, (user, types, one) -> session, means, session, () -> true, Ask.LET_GO, oneAtATime, serial);
    }

    /** Whether the recipient opened the session. */
    boolean isPulled() {
        return opened != null;
    }

    /** Completes when the session is over and every message that the client confirmed is out of the store. */
    CompletionStage<Ending> ended() {
        return ended;
    }

    /** What another node asked for while this push was live; known when it has {@linkplain #ended ended}. */
    Optional<Ask> asked() {
        return asked;
    }

    void start() {
        step(this::claim);
    }

    /** One node pushes to a recipient at a time; where the recipient has opened a session, it is the one that he is connected to. */
    private void claim() {
        if (state != State.CLAIMING) {
            return;
        }
        boolean over = isPulled() && opened.ended().toCompletableFuture().isDone();
        try {
            claim = over ? null : means.node().claim(recipient.uri(), ask).orElse(null);
            // Before it was claimed nobody could be told that it is not.
            stopping |= claim != null && !wanted.getAsBoolean();
        } catch (RuntimeException e) {
            log.error("the push to {} cannot be claimed", recipient, e);
            stopBecause(new Ending.Failed());
        }
        if (claim == null && !stopping) {
            if (isPulled() && !over && ++claims < CLAIMS) {
                means.timer().schedule(() -> step(this::claim), BETWEEN_CLAIMS_MILLIS, TimeUnit.MILLISECONDS);
                return;
            }
            log.debug("another node pushes to {}", recipient);
            stopBecause(new Ending.Elsewhere());
        }
        invite();
    }

    /** Seed steps 2 to 7; what the recipient has opened is to be ended at least. */
    private void invite() {
        if (stopping && !isPulled()) {
            end(ending);
            return;
        }
        state = State.INVITING;
        session = inviter.invite(recipient, OFFERED_TYPES, window == 1);
        session.established().whenComplete(inTurn((established, failure) -> invited(failure)));
    }

    /** More may be waiting: it goes out in this session if it still can. */
    void more() {
        step(() -> {
            moreMayWait = true;
            mayPage = null;
            sendOn();
        });
    }

    /** Sends nothing more and ends the session; what is on its way may still be confirmed. */
    void stop() {
        step(() -> {
            stopping = true;
            if (state == State.CLAIMING) {
                invite();
            } else if (state == State.INVITING) {
                session.end();
            }
            sendOn();
        });
    }

    /** Another node asks for it. */
    void asked(Claim of, Ask what) {
        step(() -> {
            if (!of.equals(claim) || state == State.ENDED) {
                log.debug("{} on {} comes too late", what, of.what());
            } else if (what == Ask.LET_GO || what == Ask.STOP && !isPulled()) {
                stop();
            } else {
                more();
            }
        });
    }

    private void step(Runnable step) {
        serial.execute(() -> {
            try {
                step.run();
            } catch (RuntimeException e) {
                failed(e);
            }
        });
    }

    /** What a stage completes with elsewhere becomes a step of this push. */
    private <T> BiConsumer<T, Throwable> inTurn(BiConsumer<T, Throwable> next) {
        return (value, failure) -> step(() -> next.accept(value, failure));
    }

    /** The same for a stage without which the push is not over. */
    private <T> void await(CompletionStage<T> stage, BiConsumer<T, Throwable> next) {
        open++;
        stage.whenComplete(inTurn((value, failure) -> {
            open--;
            next.accept(value, failure);
            goOn();
        }));
    }

    private void goOn() {
        sendOn();
        if (state == State.SETTLING && open == 0) {
            end(ending);
        }
    }

    private void invited(Throwable failure) {
        if (failure != null) {
            notInvited(failure);
            return;
        }
        state = State.SENDING;
        session.ended().whenComplete(inTurn((over, never) -> sessionOver()));
        if (OFFERED_TYPES.stream().noneMatch(session::accepts)) {
            noTypeIsTaken();
        }
        step(this::sendOn); // after the end of the session, if that has come already
    }

    /** FLOW.md, 'When a push fails': the rows of the INVITE. */
    private void notInvited(Throwable failure) {
        Ending how = stopping ? ending : unreachable(failure);
        if (!isPulled() && how instanceof Ending.Unreachable refused && NO_SUCH_SESSION.contains(refused.status())) {
            goOnWithoutSession(refused.status() + " to the INVITE");
        } else {
            end(how);
        }
    }

    /** As if the INVITE had been refused for it (RFC 3261 §21.4.26). */
    private void noTypeIsTaken() {
        if (isPulled()) {
            endAs(new Ending.Unreachable(NOT_ACCEPTABLE_HERE));
        } else {
            sessionless = "none of the types offered" + amongItsOwn();
        }
        bye();
    }

    private String amongItsOwn() {
        return " is among the client's accept-types: " + session.acceptTypes();
    }

    private void goOnWithoutSession(String reason) {
        state = State.WITHOUT_SESSION;
        sessionless = reason;
        sendOn();
    }

    /** Seed step 8, as often as the window allows; then the idle time, and step 10. */
    private void sendOn() {
        if (state != State.SENDING && state != State.WITHOUT_SESSION) {
            return;
        }
        if (!stopping && !means.node().holds(claim)) {
            log.warn("the push to {} is not this node's any more", recipient);
            stopBecause(new Ending.Failed());
        }
        while (!stopping && open + pages.size() < window && hasNext()) {
            DeferredMessage next = queue.remove();
            if (state == State.SENDING) {
                send(next, next.origin().forms(), "");
            } else {
                inNoSession(next, sessionless);
            }
        }
        sendPage();
        if (open > 0) {
            return;
        }
        if (state == State.WITHOUT_SESSION) {
            end(ending);
        } else if (stopping) {
            bye();
        } else if (idleTimer == null) {
            long idle = means.limits().idle().toMillis();
            idleTimer = means.timer().schedule(() -> step(this::idleTimeOver), idle, TimeUnit.MILLISECONDS);
        }
    }

    private boolean hasNext() {
        if (queue.isEmpty() && moreMayWait) {
            queue.addAll(store.waiting(recipient, lastQueued, BATCH));
            moreMayWait = !queue.isEmpty();
            if (moreMayWait) {
                lastQueued = queue.getLast().id();
            }
        }
        return !queue.isEmpty();
    }

    /**
     * Sends it in the first form that the client takes.
     *
     * @param forms those left to try, the preferred one first
     * @param refusals what the client answered to the others
     */
    private void send(DeferredMessage message, List<Form> forms, String refusals) {
        Optional<Form> form =
                forms.stream().filter(each -> isTaken(each, message)).findFirst();
        if (form.isPresent()) {
            send(message, form.get(), forms.subList(forms.indexOf(form.get()) + 1, forms.size()), refusals);
        } else {
            inNoSession(message, refusals + (refusals.isEmpty() ? "no form of it" : "no other form") + amongItsOwn());
        }
    }

    /** A wrapper is taken with what the client takes inside one (RFC 4975 §8.6); a wrapper that came as such is the sender's. */
    private boolean isTaken(Form form, DeferredMessage message) {
        if (!session.accepts(form.contentType())) {
            return false;
        }
        String inner = message.mediaType();
        return form != Form.CPIM || inner.equalsIgnoreCase(Form.CPIM.contentType()) || session.acceptsWrapped(inner);
    }

    private void send(DeferredMessage message, Form form, List<Form> others, String refusals) {
        var content = new EncapsulatedContent(store.encapsulate(message, form), this::checkClaim, serial);
        long most = session.maxSize().orElse(Long.MAX_VALUE);
        if (content.length() > most) {
            hold(message, "%d octets are more than the client takes (a=max-size:%d)".formatted(content.length(), most));
            return;
        }
        cancelIdleTime();
        unanswered++;
        await(
                session.send(new OutgoingMessage(
                        message.messageId(), form.contentType(), Map.of("Date", message.date()), content, false)),
                (delivery, failure) -> {
                    unanswered--;
                    if (delivery instanceof Delivery.Refused refused) {
                        refused(message, form, others, refusals, refused);
                    } else {
                        answered(message, delivery, failure);
                    }
                });
    }

    private void checkClaim() {
        if (!means.node().holds(claim)) {
            throw new ClaimLostException(claim);
        }
    }

    /** Seed step 9. */
    private void answered(DeferredMessage message, Delivery delivery, Throwable failure) {
        if (failure != null) {
            // Its content cannot be read: it expired just now, or the store fails. Those behind it are sent all the
            // same.
            log.error("not sent, stays stored: Call-ID {} to {}", message.callId(), recipient, failure);
            endAs(new Ending.Failed());
        } else if (delivery instanceof Delivery.Confirmed) {
            confirmed++;
            takeOff(message, means.outcomes().confirmed(), "pushed");
        } else if (delivery instanceof Delivery.Lost lost) {
            log.info("unconfirmed, stays stored: Call-ID {} to {}: {}", message.callId(), recipient, lost.reason());
            stopBecause(new Ending.Broken(0, true));
        }
    }

    /** FLOW.md, 'When a push fails': the rows of MSRP. */
    private void refused(
            DeferredMessage message, Form form, List<Form> others, String refusals, Delivery.Refused refused) {
        log.warn("refused with {}: Call-ID {} to {} as {}", refused.status(), message.callId(), recipient, form);
        String refusal = "%d %s to %s; ".formatted(refused.status(), refused.comment(), form.contentType());
        switch (refused.status()) {
            case 408 -> stopBecause(new Ending.Broken(0, true));
            case 481, 506 -> stopBecause(new Ending.Broken(0, false));
            case 413 -> hold(message, refusal + "the client does not want it, or not all of it");
            default -> {
                if (state == State.SENDING && !stopping) {
                    send(message, others, refusals + refusal);
                }
            }
        }
    }

    /** Page mode if the user allows it, for what is not too large; or else it is held. */
    private void inNoSession(DeferredMessage message, String reason) {
        if (isPulled()) {
            hold(message, reason);
        } else if (!isPageModeAllowed()) {
            hold(message, reason + "; page mode is not allowed");
        } else if (message.size() > PageMode.MAX_BODY) {
            hold(message, "%s; too large for page mode: %d octets".formatted(reason, message.size()));
        } else {
            pages.add(new Page(message, reason));
        }
    }

    private boolean isPageModeAllowed() {
        if (mayPage == null) {
            mayPage = means.pagesAllowed().test(recipient);
        }
        return mayPage;
    }

    private void sendPage() {
        if (!stopping) {
            pages.next().ifPresent(page -> {
                cancelIdleTime();
                await(means.pager().send(page.message()), (answer, failure) -> {
                    pages.answered();
                    paged(page, answer, failure);
                });
            });
        }
    }

    private void paged(Page page, PageAnswer answer, Throwable failure) {
        DeferredMessage message = page.message();
        if (failure != null) {
            log.error("not sent as MESSAGE: Call-ID {} to {}", message.callId(), recipient, failure);
            hold(message, page.reason() + "; no MESSAGE can be made of it");
        } else if (answer.status() < 300) {
            takeOff(message, means.outcomes().paged(), "sent as MESSAGE");
        } else if (isOfTheUser(answer.status())) {
            log.info("{} to MESSAGE, stays stored: Call-ID {} to {}", answer.status(), message.callId(), recipient);
            pages.stop();
            endAs(new Ending.Unreachable(answer.status(), answer.retryAfter()));
            stopping |= state == State.WITHOUT_SESSION;
        } else {
            hold(message, page.reason() + "; " + answer.status() + " to MESSAGE");
        }
    }

    /** Whether a status says of the user, or of the network, what it says for each message, and another time may not say. */
    private static boolean isOfTheUser(int status) {
        return switch (status) {
            case 404, 408, 410, 430, 480, 486, 487, 600, 603, 604 -> true;
            case 501, 505, 513 -> false;
            default -> status / 100 == 5;
        };
    }

    private void takeOff(DeferredMessage message, LongAdder counted, String how) {
        await(store.delete(message.id(), claim), (deleted, notDeleted) -> {
            if (notDeleted == null) {
                counted.increment();
                log.info("{}: Call-ID {} to {}, {} octets", how, message.callId(), recipient, message.size());
            } else {
                log.error("{} but still stored: Call-ID {} to {}", how, message.callId(), recipient, notDeleted);
                stopBecause(new Ending.Failed());
            }
        });
    }

    private void hold(DeferredMessage message, String why) {
        String reason = HoldReason.of(why);
        log.warn("held: Call-ID {} to {}: {}", message.callId(), recipient, reason);
        await(store.hold(message.id(), reason, claim), (held, notHeld) -> {
            if (notHeld == null) {
                means.outcomes().held().increment();
            } else {
                log.error("not held: Call-ID {} to {}", message.callId(), recipient, notHeld);
                stopBecause(new Ending.Failed());
            }
        });
    }

    /** What is unconfirmed stays stored, for another push. */
    private void stopBecause(Ending how) {
        stopping = true;
        endAs(how);
    }

    /** What went wrong first says what follows. */
    private void endAs(Ending how) {
        if (ending instanceof Ending.Finished) {
            ending = how;
        }
    }

    /** A step that fails ends the push, in good order: whoever waits for its end would wait for ever. */
    private void failed(RuntimeException e) {
        log.error("push to {} fails", recipient, e);
        stopBecause(new Ending.Failed());
        if (session == null) {
            end(ending);
        } else {
            goOn();
        }
    }

    private void cancelIdleTime() {
        if (idleTimer != null) {
            idleTimer.cancel(false);
            idleTimer = null;
        }
    }

    private void idleTimeOver() {
        idleTimer = null;
        moreMayWait = true;
        if (state == State.SENDING && open == 0 && !hasNext()) {
            bye();
        } else {
            sendOn();
        }
    }

    /** Seed steps 10 to 13. */
    private void bye() {
        cancelIdleTime();
        state = State.ENDING;
        session.end();
    }

    private void sessionOver() {
        cancelIdleTime();
        boolean sending = state == State.SENDING;
        state = State.SETTLING;
        if (sending && (open > 0 || hasNext())) {
            // The client, or its network, ended it. With nothing left to send that would be as good as our BYE.
            endAs(new Ending.Broken(0, unanswered > 0));
        }
        if (sessionless != null && !stopping) {
            goOnWithoutSession(sessionless);
        } else {
            goOn();
        }
    }

    private void end(Ending how) {
        state = State.ENDED;
        Ending counted = how instanceof Ending.Broken broken ? new Ending.Broken(confirmed, broken.unanswered()) : how;
        if (claim != null) {
            log.info("push to {} over: {} confirmed, {}", recipient, confirmed, counted);
            asked = means.node().release(claim);
        }
        ended.complete(counted);
    }

    private Ending unreachable(Throwable failure) {
        if (failure instanceof SessionFailure refused) {
            return refused.status() == SessionFailure.NO_CONNECTION
                    ? new Ending.Broken(0, false)
                    : new Ending.Unreachable(refused.status(), refused.retryAfter());
        }
        log.error("no session with {}", recipient, failure);
        return new Ending.Failed();
    }
}
