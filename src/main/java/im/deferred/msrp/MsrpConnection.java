package im.deferred.msrp;

import im.deferred.msrp.frame.MsrpDecoder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One TCP connection and the sessions on it. Hands incoming frames to the sessions that they name, lets those who send write in
 * turns, and closes when the last one that uses it is gone (RFC 4975 §5.4). All of it happens on the event loop of the channel; whatever is
 * written during one turn of the loop is flushed at its end, or before when it is much.
 */
final class MsrpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(MsrpConnection.class);

    /** Unsent octets above the low water mark from which on nothing more is read: the peer does not read its responses. */
    private static final long UNREAD_RESPONSES = 1 << 20;

    private final MsrpEndpoint endpoint;
    private final MsrpLimits limits;
    private final Target target;
    private final Transactions transactions;
    private final Set<Occupant> occupants = new HashSet<>();
    private final Queue<Sender> turns = new ArrayDeque<>();

    /** Frames that were read already when reading had to pause. */
    private final Queue<Object> backlog = new ArrayDeque<>();

    private final Dispatcher dispatcher;

    private ChannelHandlerContext context;
    private FrameWriter writer;
    private PeerWatch watch;
    private boolean sinkIsBusy;
    private int unanswered;
    private boolean drainingBacklog;
    private boolean givingTurns;
    private boolean reading;
    /** How many calls of {@link #run} we are in. */
    private int depth;

    private int refusedAuths;
    private volatile boolean closing;
    private volatile boolean shared;

    /**
     * @param target what it was connected to, or null when it came in
     * @param seed of its transaction ids, from a secure source
     */
    MsrpConnection(MsrpEndpoint endpoint, MsrpLimits limits, Target target, long seed) {
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
        writer = new FrameWriter(added, transactions);
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

    /** Ends it, and all that is on it, since its peer does not keep the rules or cannot be heard; after what was answered. */
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
        dispatcher.lost();
        transactions.lose(); // first, so that what it is reported by is still open
        new ArrayList<>(occupants).forEach(occupant -> occupant.lost(this, reason));
        occupants.clear();
        turns.clear();
        for (Object frame = backlog.poll(); frame != null; frame = backlog.poll()) {
            ReferenceCountUtil.release(frame);
        }
    }

    /** @param now {@link System#nanoTime} */
    void expire(long now) {
        boolean used = target != null || !occupants.isEmpty() || mustWait();
        switch (watch.overdue(now, used)) {
            case READING -> cut("peer does not read");
            case FIRST_REQUEST -> cut("no request for a session came in time");
            case FRAME -> {
                watch.unansweredFrame().ifPresent(frame -> dispatcher.refuse(frame, 408, "Not sent in time"));
                cut("rest of a frame did not come in time");
            }
            case NOTHING -> {
                transactions.expire();
                new ArrayList<>(occupants).forEach(Occupant::expire);
            }
        }
    }

    /** A connection that no session uses is closed (RFC 4975 §5.4), after all that was written has gone. */
    void closeIfUnused() {
        if (occupants.isEmpty() && !closing) {
            closing = true;
            endpoint.forget(this);
            context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> context.close());
        }
    }

    private void close() {
        context.flush();
        context.close();
    }

    // ---- who uses it ----

    /** What it was connected to, or null when it came in. */
    Target target() {
        return target;
    }

    /** One more AUTH with wrong credentials came: how many there were. */
    int authRefused() {
        return ++refusedAuths;
    }

    boolean isSecure() {
        return context.pipeline().get(SslHandler.class) != null;
    }

    /** The certificate that the other end has shown over TLS, or null. */
    Certificate peerCertificate() {
        SslHandler tls = context.pipeline().get(SslHandler.class);
        try {
            return tls == null ? null : tls.engine().getSession().getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException e) {
            return null; // it has shown none
        }
    }

    boolean isClosing() {
        return closing;
    }

    EventLoop loop() {
        return context.channel().eventLoop();
    }

    /** False when the connection is on its way out. */
    boolean enter(Occupant occupant) {
        boolean entered = !closing && occupants.add(occupant);
        shared = occupants.size() > 1;
        return entered;
    }

    /** The last one to leave closes the connection. */
    void leave(Occupant occupant) {
        if (occupants.remove(occupant)) {
            shared = occupants.size() > 1;
            closeIfUnused();
        }
    }

    /** Whether more than one use it. From any thread. */
    boolean isShared() {
        return shared;
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

    /** Each session has its share: what all of them wait for may have to be read here. */
    private boolean mustWait() {
        return sinkIsBusy || unanswered >= (long) limits.maxUnanswered() * Math.max(1, occupants.size());
    }

    /** Takes no further frame until that stage is complete, then does this on the event loop. */
    void pauseUntil(CompletionStage<Void> stage, Consumer<Throwable> then) {
        if (isDone(stage)) {
            then.accept(null);
            return;
        }
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
        if (isDone(stage)) {
            then.accept(null);
            return;
        }
        unanswered++;
        whenDone(stage, (done, failure) -> {
            unanswered--;
            then.accept(failure);
            resume();
        });
        readOrNot();
    }

    /** Whether nothing has to wait for that stage; one that does not let itself be asked is taken as not done. */
    private static boolean isDone(CompletionStage<?> stage) {
        return stage.getClass() == CompletableFuture.class
                && stage instanceof CompletableFuture<?> future
                && future.isDone()
                && !future.isCompletedExceptionally();
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

    ByteBufAllocator alloc() {
        return context.alloc();
    }

    /** Does this on the event loop, later. */
    Future<?> schedule(Runnable task, Duration delay) {
        return loop().schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Completes after so many nanoseconds. */
    CompletionStage<Void> after(long nanos) {
        CompletableFuture<Void> stage = new CompletableFuture<>();
        if (nanos > 0) {
            schedule(() -> stage.complete(null), Duration.ofNanos(nanos));
        } else {
            stage.complete(null);
        }
        return stage;
    }

    /** Does this on the event loop: at once when we are there. */
    void execute(Runnable task) {
        if (loop().inEventLoop()) {
            run(task);
        } else {
            later(task);
        }
    }

    /** Does this on the event loop, in its turn. When the endpoint is closed and its loops are at an end, nothing runs there any more. */
    void later(Runnable task) {
        try {
            loop().execute(() -> run(task));
        } catch (RejectedExecutionException e) {
            LOG.debug("MSRP connection {}: the endpoint is closed", this);
            run(task);
        }
    }

    /** Whether we are within something that will be flushed at its end. */
    boolean isRunning() {
        return depth > 0 && loop().inEventLoop();
    }

    /** Does this on the event loop when that stage is complete: at once if it is and we are there. */
    <T> void whenDone(CompletionStage<T> stage, BiConsumer<T, Throwable> action) {
        if (isRunning() && isDone(stage)) {
            action.accept(stage.toCompletableFuture().join(), null);
            return;
        }
        stage.whenComplete((value, failure) -> {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            execute(() -> action.accept(value, cause));
        });
    }

    /** The sender has something to write: it gets a turn after those that wait already. */
    void giveTurn(Sender sender) {
        if (!closing && sender.queue()) {
            turns.add(sender);
        }
        giveTurns();
    }

    /** The sender has nothing to write any more. */
    void forget(Sender sender) {
        turns.remove(sender);
        writer.forget(sender);
    }

    /** Where frames are written to this connection; on its event loop. */
    FrameWriter writer() {
        return writer;
    }

    boolean isWritable() {
        return context.channel().isWritable();
    }

    private void giveTurns() {
        if (givingTurns) {
            return;
        }
        givingTurns = true;
        try {
            while (!turns.isEmpty() && isWritable()) {
                turns.poll().takeTurn(this);
            }
        } finally {
            givingTurns = false;
        }
    }

    private void flushIfWritten() {
        if (depth == 0) {
            writer.flushIfWritten();
        }
    }

    @Override
    public String toString() {
        return String.valueOf(context.channel().remoteAddress());
    }
}
