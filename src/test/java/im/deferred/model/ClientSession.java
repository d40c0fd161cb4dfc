package im.deferred.model;

import im.deferred.msrp.Delivery;
import im.deferred.msrp.OutgoingMessage;
import im.deferred.session.MessagingSession;
import im.deferred.session.SessionFailure;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A session as the push has it, and the client's part in it. */
final class ClientSession implements MessagingSession {

    enum State {
        INVITED,
        OPEN,
        /** The server's CANCEL is on its way: nothing will be sent in it. */
        CANCELLED,
        /** The server's BYE is on its way. */
        ENDING,
        OVER
    }

    /** How much is read at a time: less than some messages have. */
    private static final int PIECE = 40_000;

    private static final int NO_ANSWER_SECONDS = 32;
    private static final int NO_RESPONSE_SECONDS = 30;

    /** A SEND. */
    static final class Send {
        final Letter letter;
        final String contentType;
        private final OutgoingMessage message;
        private final CompletableFuture<Delivery> delivery = new CompletableFuture<>();
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private Future<?> noResponse;

        private Send(Letter letter, OutgoingMessage message) {
            this.letter = letter;
            this.contentType = message.contentType();
            this.message = message;
        }
    }

    private final World world;
    private final Client client;
    private final Threads threads;
    private final CompletableFuture<Void> established = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Deque<Send> onTheirWay = new ArrayDeque<>();
    private final List<Send> unanswered = new ArrayList<>();
    private final Set<String> sent = new HashSet<>();
    private final Set<Letter> known = new HashSet<>();
    private final boolean pulled;
    private final Future<?> noAnswer;
    private State state = State.INVITED;
    private boolean reading;
    private Set<String> accepted = Set.of();
    private Set<String> acceptedWrapped = Set.of();
    private OptionalLong maxSize = OptionalLong.empty();

    ClientSession(World world, Client client, Threads threads, boolean pulled) {
        this.world = world;
        this.client = client;
        this.threads = threads;
        this.pulled = pulled;
        this.noAnswer = threads.timer().schedule(() -> refuse(408), NO_ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    Client client() {
        return client;
    }

    /** Whether the client opened it. */
    boolean isPulled() {
        return pulled;
    }

    private boolean isQuiet() {
        return onTheirWay.isEmpty() && unanswered.isEmpty();
    }

    State state() {
        return state;
    }

    // What the client does.

    void accept(Set<String> types, Set<String> wrapped, OptionalLong size) {
        noAnswer.cancel(false);
        accepted = types;
        acceptedWrapped = wrapped;
        maxSize = size;
        state = State.OPEN;
        established.complete(null);
    }

    void refuse(int status) {
        refuse(status, Optional.empty());
    }

    /** Refuses the INVITE, or says that it is cancelled. */
    void refuse(int status, Optional<Duration> retryAfter) {
        established.completeExceptionally(new SessionFailure(status, retryAfter, "refused"));
        over();
    }

    /** The SENDs that have come and wait for an answer. */
    List<Send> unanswered() {
        return unanswered;
    }

    void confirm(Send send) {
        client.take(send.letter);
        send.letter.confirmed = true;
        answer(send, new Delivery.Confirmed());
    }

    /** It takes the message, and its 200 comes nowhere. */
    void confirmInVain(Send send) {
        client.take(send.letter);
        send.letter.doubtful |= client.pages; // in page mode it has no Message-ID
        unanswered.remove(send);
    }

    void refuse(Send send, int status) {
        answer(send, new Delivery.Refused(status, ""));
    }

    /** The connection and the dialog are gone, whoever ended them. */
    void over() {
        if (state == State.OVER) {
            return;
        }
        state = State.OVER;
        noAnswer.cancel(false);
        unanswered.forEach(send -> complete(send, new Delivery.Lost("the connection is lost")));
        unanswered.clear();
        onTheirWay.forEach(send -> complete(send, new Delivery.Lost("the connection is lost")));
        onTheirWay.clear();
        client.sessions.remove(this);
        ended.complete(null);
    }

    private void answer(Send send, Delivery delivery) {
        unanswered.remove(send);
        complete(send, delivery);
    }

    private static void complete(Send send, Delivery delivery) {
        if (send.noResponse != null) {
            send.noResponse.cancel(false);
        }
        send.delivery.complete(delivery);
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
        return accepted.size() + " types";
    }

    @Override
    public OptionalLong maxSize() {
        return maxSize;
    }

    @Override
    public CompletionStage<Delivery> send(OutgoingMessage message) {
        Send send = new Send(world.ledger.ofMessageId(message.messageId()), message);
        world.note("SEND", send.letter, send.contentType);
        check(send);
        if (state == State.OVER) {
            complete(send, new Delivery.Lost("the session is over"));
        } else {
            onTheirWay.add(send);
            readOn();
        }
        return send.delivery;
    }

    private void check(Send send) {
        Letter letter = send.letter;
        Broken.unless(established.isDone(), "sent before the session was there", letter);
        Broken.unless(letter.to.equals(client.aor), "sent to somebody else", letter);
        Broken.unless(accepts(send.contentType), "sent in a form that the client does not take", letter);
        Broken.unless(sent.add(letter.number + send.contentType), "sent twice in a session in one form", letter);
        letter.checkSending(world.clock.instant());
        boolean alone = client.sessions.stream().allMatch(session -> session == this || session.isQuiet());
        Broken.unless(alone, "sent while something is under way in another session", letter);
        if (known.add(letter)) {
            for (Letter older : world.ledger.stored()) {
                Broken.unless(older.id >= letter.id || mayBeOvertaken(older), "overtaken by " + letter, older);
            }
        }
    }

    /** Whether a newer one may be sent though this one was not sent in this session. */
    private boolean mayBeOvertaken(Letter older) {
        return !older.to.equals(client.aor)
                || known.contains(older)
                || older.everHeld
                || older.confirmed
                || older.confirmedLate
                || older.isExpired(world.clock.instant())
                || maxSize.isPresent()
                || !takesInSomeForm(older);
    }

    private boolean takesInSomeForm(Letter letter) {
        return (letter.way == Letter.Way.SEND
                        ? accepts("message/msrp")
                        : accepts("message/sip") || accepts("message/sipfrag"))
                || accepts("message/cpim")
                        && (letter.contentType.equals("message/cpim") || acceptsWrapped(letter.contentType));
    }

    /** The messages come one after the other, each in pieces. */
    private void readOn() {
        if (reading || onTheirWay.isEmpty()) {
            return;
        }
        Send send = onTheirWay.peek();
        int read = send.content.size();
        if (read == send.message.content().length()) {
            onTheirWay.remove();
            came(send);
            readOn();
            return;
        }
        reading = true;
        send.message.content().read(read, PIECE).whenComplete((piece, failure) -> {
            reading = false;
            if (state == State.OVER) {
                return;
            }
            if (failure == null) {
                append(send, piece);
            } else {
                world.count("content that cannot be read");
                onTheirWay.remove();
                send.delivery.completeExceptionally(failure);
            }
            readOn();
        });
    }

    private static void append(Send send, ByteBuffer piece) {
        Broken.unless(piece.hasRemaining() && piece.remaining() <= PIECE, "not so much was asked for", send.letter);
        send.content.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
    }

    private void came(Send send) {
        Contents.check(send.letter, send.contentType, send.content.toByteArray());
        unanswered.add(send);
        send.noResponse = threads.timer()
                .schedule(
                        () -> {
                            unanswered.remove(send);
                            send.delivery.complete(new Delivery.Refused(408, "No response"));
                        },
                        NO_RESPONSE_SECONDS,
                        TimeUnit.SECONDS);
    }

    @Override
    public void end() {
        world.note("end of session", client.aor, state);
        if (state == State.INVITED || state == State.OPEN) {
            boolean cancelled = state == State.INVITED;
            state = cancelled ? State.CANCELLED : State.ENDING;
            noAnswer.cancel(false);
            if (cancelled) {
                established.completeExceptionally(new SessionFailure(487, Optional.empty(), "given up"));
            }
            threads.timer().schedule(this::over, NO_ANSWER_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public CompletionStage<Void> ended() {
        return ended;
    }
}
