package im.deferred.push;

import im.deferred.core.Aor;
import im.deferred.msrp.Delivery;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.session.MessagingSession;
import im.deferred.session.SessionFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A session whose client is the test. */
final class FakeSession implements MessagingSession {

    /** Invites for a push; what it invites to comes to the test. */
    static final class Inbox implements Inviter {
        private final BlockingQueue<FakeSession> sessions = new LinkedBlockingQueue<>();

        @Override
        public MessagingSession invite(Aor user, List<String> types, boolean oneAtATime) {
            FakeSession session = new FakeSession(user, types, oneAtATime);
            sessions.add(session);
            return session;
        }

        /** The next INVITE, within ten seconds. */
        FakeSession next() throws InterruptedException {
            FakeSession session = sessions.poll(10, TimeUnit.SECONDS);
            if (session == null) {
                throw new AssertionError("no INVITE came");
            }
            return session;
        }

        boolean isEmpty() {
            return sessions.isEmpty();
        }
    }

    /** A SEND and its answer. */
    record Send(OutgoingMessage message, CompletableFuture<Delivery> delivery) {
        void confirm() {
            delivery.complete(new Delivery.Confirmed());
        }

        void refuse(int status) {
            delivery.complete(new Delivery.Refused(status, ""));
        }

        void lose() {
            delivery.complete(new Delivery.Lost("connection lost"));
        }
    }

    final Aor user;
    final List<String> types;
    final boolean oneAtATime;
    private final CompletableFuture<Void> established = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Void> bye = new CompletableFuture<>();
    private final BlockingQueue<Send> sends = new LinkedBlockingQueue<>();
    private final Queue<Send> all = new ConcurrentLinkedQueue<>();
    private volatile Set<String> accepted = Set.of();
    private volatile Set<String> acceptedWrapped = Set.of();
    private volatile OptionalLong maxSize = OptionalLong.empty();
    private volatile boolean answersBye = true;

    private FakeSession(Aor user, List<String> types, boolean oneAtATime) {
        this.user = user;
        this.types = types;
        this.oneAtATime = oneAtATime;
    }

    /** One that the user opens, and not the push. */
    static FakeSession opened(Aor user) {
        return new FakeSession(user, List.of(), false);
    }

    // What the client does.

    FakeSession wrapping(String... types) {
        acceptedWrapped = Set.of(types);
        return this;
    }

    FakeSession upTo(long octets) {
        maxSize = OptionalLong.of(octets);
        return this;
    }

    FakeSession withoutAnswerToBye() {
        answersBye = false;
        return this;
    }

    FakeSession accept(String... types) {
        accepted = Set.of(types);
        established.complete(null);
        return this;
    }

    void refuse(int status) {
        refuse(status, null);
    }

    void refuse(int status, Duration retryAfter) {
        established.completeExceptionally(new SessionFailure(status, Optional.ofNullable(retryAfter), "refused"));
        ended.complete(null);
    }

    /** The dialog is over; what is open stays so. */
    void leave() {
        ended.complete(null);
    }

    /** The next SEND, within ten seconds. */
    Send next() throws InterruptedException {
        Send send = sends.poll(10, TimeUnit.SECONDS);
        if (send == null) {
            throw new AssertionError("no SEND came");
        }
        return send;
    }

    /** So many SENDs. */
    Deque<Send> next(int count) throws InterruptedException {
        Deque<Send> next = new ArrayDeque<>();
        while (next.size() < count) {
            next.add(next());
        }
        return next;
    }

    /** The Message-IDs of all SENDs until now. */
    List<String> sent() {
        return all.stream().map(send -> send.message().messageId()).toList();
    }

    boolean isQuiet() {
        return sends.isEmpty();
    }

    /** Completes with the BYE, or the CANCEL. */
    CompletableFuture<Void> bye() {
        return bye;
    }

    // What the push sees.

    @Override
    public CompletionStage<Void> established() {
        return established;
    }

    @Override
    public boolean accepts(String type) {
        return accepted.contains(type);
    }

    @Override
    public boolean acceptsWrapped(String type) {
        return accepted.contains(type) || acceptedWrapped.contains(type);
    }

    @Override
    public String acceptTypes() {
        return String.join(" ", new TreeSet<>(accepted));
    }

    @Override
    public OptionalLong maxSize() {
        return maxSize;
    }

    @Override
    public CompletionStage<Delivery> send(OutgoingMessage message) {
        Send send = new Send(message, new CompletableFuture<>());
        all.add(send);
        sends.add(send);
        return send.delivery();
    }

    @Override
    public void end() {
        bye.complete(null);
        established.completeExceptionally(new SessionFailure(487, Optional.empty(), "given up"));
        if (answersBye) {
            all.forEach(Send::lose);
            ended.complete(null);
        }
    }

    @Override
    public CompletionStage<Void> ended() {
        return ended;
    }
}
