package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpPiece;
import im.deferred.msrp.frame.MsrpRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the relay passes on from one connection to another, in its order. Frames come in parts: a {@link Forwarding}, which is a whole
 * frame or the head of one; then for the latter pieces of content and at last the {@link Continuation}. A frame of which not all is
 * there yet does not keep others from writing: it is {@linkplain #interrupt interrupted}, and goes on in a further chunk (RFC 4976 §6.3).
 */
final class Lane extends Sender {
    /** Octets that may go in one turn. */
    private static final int TURN = 64 << 10;
    /** What a frame counts beside its content. */
    private static final int FRAME = 512;
    /** What a piece of content counts beside its octets: it may keep a larger buffer from being used again. */
    private static final int PIECE = 1024;
    /** Chunks of which the next hop has said nothing yet, when it reads more than it answers. */
    private static final int MOST_UNANSWERED = 4096;

    private enum State {
        OPEN,
        /** Nothing more comes in. */
        DRAINING,
        OVER
    }

    final MsrpConnection from;
    final MsrpConnection to;
    private final int limit;
    private final Runnable forget;
    private final Set<Grant> grants = new HashSet<>();
    private final Queue<Object> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingOctets = new AtomicInteger();
    private final AtomicReference<CompletableFuture<Void>> room = new AtomicReference<>();
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

    // Of the frame that is passed on in parts; on the event loop of the connection it goes to.
    private Forwarding current;
    private String transactionId;
    private boolean open;
    private long chunkStart;
    private long position;
    private long positionSeen;
    /** Chunks whose response is waited for. */
    private int unanswered;

    /** Of the connection it comes from: what it has said goes on its way, though it is gone. */
    private final Occupant coming = (connection, reason) -> drain();

    private final Occupant going = new Occupant() {
        @Override
        public void lost(MsrpConnection connection, String reason) {
            end();
        }

        @Override
        public void expire() {
            interruptIfStalled();
        }
    };

    /**
     * @param limit octets that may wait before the connection they come from is not read for a while
     * @param forget what to do once when it is over
     */
    Lane(MsrpConnection from, MsrpConnection to, int limit, Runnable forget) {
        this.from = from;
        this.to = to;
        this.limit = limit;
        this.forget = forget;
    }

    /** Keeps both connections open, as long as one grant uses it. */
    void start() {
        from.execute(() -> {
            if (!from.enter(coming)) {
                drain();
            }
        });
        to.execute(() -> {
            if (!to.enter(going) || state.get() == State.OVER) {
                end();
                to.leave(going);
                to.closeIfUnused();
            }
        });
    }

    /** Whether it takes nothing more. */
    boolean isOver() {
        return state.get() != State.OPEN || to.isClosing();
    }

    /** On the event loop of the connection it comes from. */
    void use(Grant grant) {
        if (grants.add(grant) && !grant.use(this)) {
            leave(grant);
        }
    }

    void leave(Grant grant) {
        from.execute(() -> {
            grants.remove(grant);
            if (grants.isEmpty()) {
                drain();
            }
        });
    }

    /** From any thread: nothing more comes, and it is over when all that has come is written and answered. */
    private void drain() {
        if (state.compareAndSet(State.OPEN, State.DRAINING)) {
            forget.run();
            to.execute(() -> write(to));
        }
    }

    /** From any thread: what has not been written by now never will be. */
    private void end() {
        State before = state.getAndSet(State.OVER);
        if (before == State.OVER) {
            return;
        }
        if (before == State.OPEN) {
            forget.run();
        }
        to.execute(() -> {
            drop();
            to.forget(this);
            to.leave(going);
            from.execute(this::letGo); // after what did not get through has been reported
        });
    }

    private void letGo() {
        grants.forEach(grant -> grant.forget(this));
        grants.clear();
        from.leave(coming);
    }

    // ---- in: on the event loop of the connection it comes from ----

    /** A whole frame, or the head of one of which the rest follows. */
    void offer(Forwarding frame) {
        offer(frame, FRAME + frame.heldOctets());
    }

    /** Content of the frame that was offered last. */
    void offer(ByteBuf content) {
        offer(content, PIECE + content.readableBytes());
    }

    /** The end of the frame that was offered last. */
    void offer(Continuation end) {
        offer(end, 0);
    }

    private void offer(Object part, int octets) {
        waitingOctets.addAndGet(octets);
        waiting.add(part);
        if (state.get() == State.OVER) {
            to.execute(this::drop);
        } else {
            askForTurn(to);
        }
    }

    boolean isFull() {
        return waitingOctets.get() > limit;
    }

    /** Completes when half of what may wait has gone. */
    CompletionStage<Void> room() {
        CompletableFuture<Void> stage = new CompletableFuture<>();
        room.set(stage);
        tellRoom();
        return stage;
    }

    private void tellRoom() {
        CompletableFuture<Void> stage = room.get();
        boolean isRoom = state.get() == State.OVER || waitingOctets.get() <= limit / 2;
        if (stage != null && isRoom && room.compareAndSet(stage, null)) {
            stage.complete(null);
        }
    }

    // ---- out: on the event loop of the connection it goes to ----

    @Override
    void write(MsrpConnection connection) {
        int written = 0;
        while (written < TURN && mayWrite(connection)) {
            Object part = waiting.poll();
            if (part == null) {
                break;
            }
            written += pass(part);
        }
        if (written > 0) {
            waitingOctets.addAndGet(-written);
            tellRoom();
        }
        if (!waiting.isEmpty()) {
            if (unanswered < MOST_UNANSWERED) {
                connection.giveTurn(this);
            }
        } else if (unanswered == 0 && state.get() == State.DRAINING) {
            end();
        }
    }

    private boolean mayWrite(MsrpConnection connection) {
        return connection.isWritable() && unanswered < MOST_UNANSWERED && state.get() != State.OVER;
    }

    /** A chunk is written of which the next hop has to say what became of it. */
    void waits() {
        unanswered++;
    }

    /** It has, or will not. */
    void waitsNoMore() {
        boolean goesOn = unanswered == MOST_UNANSWERED;
        unanswered--;
        if (goesOn || unanswered == 0 && state.get() == State.DRAINING) {
            to.giveTurn(this);
        }
    }

    private int pass(Object part) {
        if (part instanceof Forwarding frame) {
            int octets = FRAME + frame.heldOctets();
            if (frame.isWhole()) {
                MsrpRequest request = frame.request(to.writer().newTransactionId());
                ByteBuf body = frame.takeHeld();
                MsrpPiece piece = body == null ? null : new MsrpPiece(body);
                to.writer().writeRequest(request, piece, frame.end(), frame.watch(frame.range()));
            } else {
                current = frame;
                position = frame.range().start();
                openFrame();
                content(frame.takeHeld());
            }
            return octets;
        }
        if (part instanceof ByteBuf content) {
            int octets = PIECE + content.readableBytes();
            content(content);
            return octets;
        }
        end((Continuation) part);
        return 0;
    }

    private void content(ByteBuf content) {
        if (!open) {
            openFrame();
        }
        position += content.readableBytes();
        to.writer().writeContent(content);
    }

    private void end(Continuation end) {
        if (!open) {
            content(Unpooled.EMPTY_BUFFER); // all of it has gone: where there is a Content-Type there is a body
        }
        close(end);
        current = null;
    }

    private void openFrame() {
        chunkStart = position;
        transactionId = to.writer().newTransactionId();
        open = true;
        to.writer().openFrame(this, current.request(transactionId, position));
    }

    private void close(Continuation end) {
        open = false;
        long last = position - 1;
        long total = current.range().total();
        ByteRange range = new ByteRange(chunkStart, last, last > total ? ByteRange.UNKNOWN : total);
        to.writer().closeFrame(transactionId, end, current.watch(range));
    }

    @Override
    void interrupt() {
        close(Continuation.MORE);
    }

    /** A frame whose sender has stopped in its middle shall not keep the next hop waiting for its end. */
    private void interruptIfStalled() {
        if (open && position == positionSeen) {
            interrupt();
        }
        positionSeen = position;
    }

    private void drop() {
        if (current != null) {
            current.failed(408, "Next hop lost", current.range());
            if (open || !to.isClosing()) {
                end(Continuation.ABORTED); // its sender is gone: what the next hop has of it is of no use
            }
            current = null;
        }
        for (Object part = waiting.poll(); part != null; part = waiting.poll()) {
            if (part instanceof Forwarding frame) {
                frame.discard();
                frame.failed(408, "Next hop lost", frame.range());
            } else if (part instanceof ByteBuf content) {
                content.release();
            }
        }
        tellRoom();
    }
}
