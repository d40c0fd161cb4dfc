package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpDecoder;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpPiece;
import im.deferred.msrp.frame.MsrpRequest;
import im.deferred.msrp.frame.MsrpResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.CodecException;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection and the sessions on it. Hands incoming frames to the sessions that they name, lets the sessions write chunks in
 * turns, and closes when its last session is gone (RFC 4975 §5.4). All of it happens on the event loop of the channel; whatever is
 * written during one turn of the loop is flushed at its end.
 */
final class MsrpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(MsrpConnection.class);

    /** Unsent octets above the low water mark from which on nothing more is read: the peer does not read its responses. */
    private static final long UNREAD_RESPONSES = 1 << 20;

    private final MsrpEndpoint endpoint;
    private final MsrpLimits limits;
    private final String target;
    private final Transactions transactions;
    private final Set<MsrpSession> sessions = new HashSet<>();
    private final Queue<MsrpSession> turns = new ArrayDeque<>();

    /** Frames that were read already when reading had to pause. */
    private final Queue<Object> backlog = new ArrayDeque<>();

    private final Dispatcher dispatcher;

    private ChannelHandlerContext context;
    private PeerWatch watch;
    private boolean sinkIsBusy;
    private int unanswered;
    private boolean drainingBacklog;
    private boolean givingTurns;
    private boolean reading;
    private boolean written;
    /** How many calls of {@link #run} we are in. */
    private int depth;

    private boolean closing;

    /**
     * @param target what it was connected to, or null when it came in
     * @param seed of its transaction ids, from a secure source
     */
    MsrpConnection(MsrpEndpoint endpoint, MsrpLimits limits, String target, long seed) {
        this.endpoint = endpoint;
        this.limits = limits;
        this.target = target;
        this.dispatcher = new Dispatcher(this, endpoint);
        this.transactions = new Transactions(limits, seed, System::nanoTime);
    }

    // ---- lifecycle ----

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        MsrpDecoder decoder = added.pipeline().get(MsrpDecoder.class);
        watch = new PeerWatch(limits, added.channel(), decoder, System.nanoTime());
        Sweeps sweeps = endpoint.sweeps();
        sweeps.add(this);
        added.channel().closeFuture().addListener(closed -> sweeps.remove(this));
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        end("connection closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (closing) {
            LOG.debug("MSRP connection {} closing", this, cause);
            close();
        } else {
            cut(reason(cause));
        }
    }

    /** Ends it because of what its peer did, or did not do. */
    void cut(String reason) {
        LOG.warn("MSRP connection {} cut: {}", this, reason);
        end(reason);
        close();
    }

    /** What a decoder or TLS says may quote what the peer sent: of those only the kind is told. */
    private static String reason(Throwable cause) {
        boolean quotes = cause instanceof CodecException || cause instanceof SSLException;
        Throwable root = cause.getCause() == null ? cause : cause.getCause();
        return quotes ? root.getClass().getSimpleName() : cause.toString();
    }

    private void end(String reason) {
        closing = true;
        endpoint.forget(this);
        new ArrayList<>(sessions).forEach(session -> session.end(reason));
        sessions.clear();
        turns.clear();
        for (Object frame = backlog.poll(); frame != null; frame = backlog.poll()) {
            ReferenceCountUtil.release(frame);
        }
    }

    /** @param now {@link System#nanoTime} */
    void expire(long now) {
        boolean used = target != null || !sessions.isEmpty() || mustWait();
        switch (watch.overdue(now, used)) {
            case READING -> cut("peer does not read");
            case FIRST_REQUEST -> cut("no request for a session came in time");
            case FRAME -> {
                watch.unansweredFrame().ifPresent(frame -> dispatcher.refuse(frame, 408, "Not sent in time"));
                cut("rest of a frame did not come in time");
            }
            case NOTHING -> {
                transactions.expire();
                new ArrayList<>(sessions).forEach(session -> session.outbox().expire());
            }
        }
    }

    /** A connection without a session has no use (RFC 4975 §5.4). */
    void closeIfUnused() {
        if (sessions.isEmpty() && !closing) {
            closing = true;
            endpoint.forget(this);
            close();
        }
    }

    private void close() {
        context.flush();
        context.close();
    }

    // ---- sessions ----

    /** What it was connected to, or null when it came in. */
    String target() {
        return target;
    }

    boolean isClosing() {
        return closing;
    }

    EventLoop loop() {
        return context.channel().eventLoop();
    }

    /** False when the connection is on its way out. */
    boolean enter(MsrpSession session) {
        return !closing && sessions.add(session);
    }

    /** The session is over; the last one closes the connection. */
    void leave(MsrpSession session) {
        if (sessions.remove(session)) {
            turns.remove(session);
            closeIfUnused();
        }
    }

    // ---- reading ----

    @Override
    public void channelRead(ChannelHandlerContext from, Object frame) {
        if (closing) {
            ReferenceCountUtil.release(frame);
            return;
        }
        if (!reading) {
            reading = true;
            depth++;
        }
        if (mustWait() || !backlog.isEmpty()) {
            backlog.add(frame);
        } else {
            take(frame);
        }
    }

    private void take(Object part) {
        if (watch.allows(part)) {
            dispatcher.take(part);
        } else {
            ReferenceCountUtil.release(part);
            cut("frame too long");
        }
    }

    /** The request that is coming was answered before its end: what still comes of it is borne for a while. */
    void answeredEarly() {
        watch.answeredEarly();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        if (reading) {
            reading = false;
            depth--;
        }
        flushIfWritten();
    }

    // ---- back-pressure ----

    private boolean mustWait() {
        return sinkIsBusy || unanswered >= limits.maxUnanswered();
    }

    /** Takes no further frame until that stage is complete, then does this on the event loop. */
    void pauseUntil(CompletionStage<Void> stage, Consumer<Throwable> then) {
        sinkIsBusy = true;
        whenDone(stage, (done, failure) -> {
            sinkIsBusy = false;
            then.accept(failure);
            resume();
        });
        readOrNot();
    }

    /** Does this on the event loop when that stage is complete; further frames are taken meanwhile, but not without bound. */
    void whenAnswerable(CompletionStage<Void> stage, Consumer<Throwable> then) {
        unanswered++;
        whenDone(stage, (done, failure) -> {
            unanswered--;
            then.accept(failure);
            resume();
        });
        readOrNot();
    }

    private void resume() {
        if (!drainingBacklog) {
            drainingBacklog = true;
            try {
                while (!mustWait() && !backlog.isEmpty()) {
                    take(backlog.poll());
                }
            } finally {
                drainingBacklog = false;
            }
            readOrNot();
        }
    }

    private void readOrNot() {
        Channel channel = context.channel();
        boolean read = !mustWait() && channel.bytesBeforeWritable() < UNREAD_RESPONSES;
        if (channel.config().isAutoRead() != read) {
            channel.config().setAutoRead(read);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        run(this::giveTurns);
        readOrNot();
    }

    // ---- writing ----

    /** Runs this on the event loop, where we are, and flushes what it wrote. */
    void run(Runnable task) {
        depth++;
        try {
            task.run();
        } catch (RuntimeException e) {
            exceptionCaught(context, e);
        } finally {
            depth--;
            flushIfWritten();
        }
    }

    /** Whether we are within something that will be flushed at its end. */
    boolean isRunning() {
        return depth > 0 && loop().inEventLoop();
    }

    /** Does this on the event loop when that stage is complete: at once if it is and we are there. */
    <T> void whenDone(CompletionStage<T> stage, BiConsumer<T, Throwable> action) {
        stage.whenComplete((value, failure) -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            if (loop().inEventLoop()) {
                run(() -> action.accept(value, cause));
            } else {
                loop().execute(() -> run(() -> action.accept(value, cause)));
            }
        });
    }

    /** The session has something to send: it gets a turn after those that wait already. */
    void giveTurn(MsrpSession session) {
        if (sessions.contains(session) && session.queueForTurn()) {
            turns.add(session);
        }
        giveTurns();
    }

    private void giveTurns() {
        if (givingTurns) {
            return;
        }
        givingTurns = true;
        try {
            while (!turns.isEmpty() && context.channel().isWritable()) {
                turns.poll().takeTurn(this);
            }
        } finally {
            givingTurns = false;
        }
    }

    void answered(MsrpResponse response) {
        transactions.answered(response.transactionId(), response.status(), response.comment());
    }

    String newTransactionId() {
        return transactions.newId();
    }

    /**
     * Writes a whole request.
     *
     * @param body its content, or null for a request without one
     * @param waiting who waits for the response, or null when nobody does
     */
    void writeRequest(MsrpRequest request, ByteBuf body, Continuation end, Transactions.Waiting waiting) {
        written = true;
        context.write(request, context.voidPromise());
        if (body != null) {
            context.write(new MsrpPiece(body), context.voidPromise());
        }
        context.write(end, context.voidPromise());
        if (waiting != null) {
            transactions.begin(request.transactionId(), waiting);
        }
    }

    /** Answers a request of that route (RFC 4975 §7.2). */
    void respond(String transactionId, Route to, int status, String comment) {
        written = true;
        MsrpResponse response =
                new MsrpResponse(transactionId, status, comment, to.replyTo, to.replyFrom, new MsrpHeaders());
        context.write(response, context.voidPromise());
        context.write(Continuation.COMPLETE, context.voidPromise());
    }

    /** Reports along the whole path back that a message arrived (RFC 4975 §7.1.2). */
    void reportSuccess(Route of, String messageId, long length) {
        MsrpHeaders headers = new MsrpHeaders()
                .add(MsrpHeaders.MESSAGE_ID, messageId)
                .add(MsrpHeaders.BYTE_RANGE, new ByteRange(1, length, length).toString())
                .add(MsrpHeaders.STATUS, "000 200 OK");
        MsrpRequest report = new MsrpRequest(newTransactionId(), MsrpRequest.REPORT, of.fromPath, of.toPath, headers);
        writeRequest(report, null, Continuation.COMPLETE, null);
    }

    private void flushIfWritten() {
        if (!written || depth > 0) {
            return;
        }
        written = false;
        Transactions.Batch batch = transactions.takeBatch();
        if (batch == null) {
            context.flush();
        } else {
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
                if (sent.isSuccess()) {
                    transactions.sent(batch);
                }
            });
        }
    }

    @Override
    public String toString() {
        return String.valueOf(context.channel().remoteAddress());
    }
}
