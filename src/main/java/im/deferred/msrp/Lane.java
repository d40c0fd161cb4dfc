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

    final MsrpConnection from;
    final MsrpConnection to;
    private final int limit;
    private final Runnable forget;
    private final Set<Grant> grants = new HashSet<>();
    private final Queue<Object> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingOctets = new AtomicInteger();
    private volatile CompletableFuture<Void> room;
    private volatile boolean over;

    // Of the frame that is passed on in parts; on the event loop of the connection it goes to.
    private Forwarding current;
    private String transactionId;
    private boolean open;
    private long chunkStart;
    private long position;

    private final Occupant occupant = (connection, reason) -> end();

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
        from.execute(() -> enter(from));
        to.execute(() -> enter(to));
    }

    private void enter(MsrpConnection connection) {
        if (over || !connection.enter(occupant)) {
            end();
            connection.leave(occupant);
        }
    }

    boolean isOver() {
        return over;
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
                end();
            }
        });
    }

    /** From any thread: what has not been written by now never will be. */
    private void end() {
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
        }
        forget.run();
        to.execute(() -> {
            drop();
            to.forget(this);
            to.leave(occupant);
            from.execute(() -> from.leave(occupant)); // after what did not get through has been reported
        });
    }

    // ---- in: on the event loop of the connection it comes from ----

    /** A whole frame, or the head of one of which the rest follows. */
    void offer(Forwarding frame) {
        offer(frame, FRAME + frame.heldOctets());
    }

    /** Content of the frame that was offered last. */
    void offer(ByteBuf content) {
        offer(content, content.readableBytes());
    }

    /** The end of the frame that was offered last. */
    void offer(Continuation end) {
        offer(end, 0);
    }

    private void offer(Object part, int octets) {
        waitingOctets.addAndGet(octets);
        waiting.add(part);
        if (over) {
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
        room = stage;
        tellRoom();
        return stage;
    }

    private void tellRoom() {
        CompletableFuture<Void> stage = room;
        if (stage != null && (over || waitingOctets.get() <= limit / 2)) {
            room = null;
            stage.complete(null);
        }
    }

    // ---- out: on the event loop of the connection it goes to ----

    @Override
    void write(MsrpConnection connection) {
        int written = 0;
        while (written < TURN && connection.isWritable() && !over) {
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
            connection.giveTurn(this);
        }
    }

    private int pass(Object part) {
        if (part instanceof Forwarding frame) {
            int octets = FRAME + frame.heldOctets();
            if (frame.isWhole()) {
                MsrpRequest request = frame.request(to.newTransactionId());
                ByteBuf body = frame.takeHeld();
                MsrpPiece piece = body == null ? null : new MsrpPiece(body);
                to.writeRequest(request, piece, frame.end(), frame.watch(frame.range()));
            } else {
                current = frame;
                position = frame.range().start();
                chunkStart = position;
                openFrame();
                content(frame.takeHeld());
            }
            return octets;
        }
        if (part instanceof ByteBuf content) {
            int octets = content.readableBytes();
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
        to.writeContent(content);
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
        transactionId = to.newTransactionId();
        to.openFrame(this, current.request(transactionId, position));
        open = true;
    }

    private void close(Continuation end) {
        open = false;
        ByteRange range =
                new ByteRange(chunkStart, position - 1, current.range().total());
        to.closeFrame(transactionId, end, current.watch(range));
    }

    @Override
    void interrupt(MsrpConnection connection) {
        close(Continuation.MORE);
    }

    private void drop() {
        if (current != null) {
            current.failed(408, "Next hop lost", current.range());
            if (!to.isClosing()) {
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
