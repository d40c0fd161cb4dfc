package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpEncoder;
import im.deferred.msrp.frame.MsrpFrame;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpPiece;
import im.deferred.msrp.frame.MsrpRequest;
import im.deferred.msrp.frame.MsrpResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;

/** Writes frames to one connection, and remembers who waits for the response to each. On the event loop of the connection. */
final class FrameWriter {
    /** Frames that are flushed together at most: while the peer works on them, the next ones are made. */
    private static final int FRAMES_AT_ONCE = 32;

    private final ChannelHandlerContext context;
    private final Transactions transactions;
    /** What is written goes straight there: the way through the pipeline would cost as much as many a frame. */
    private final MsrpEncoder encoder;

    private final ChannelHandlerContext encoding;
    private final ChannelPromise nobody;

    /** Who has written the head of a frame, and not yet its end-line; or null. */
    private Sender openFrame;
    /** Its transaction id. */
    private String openId;
    /** The response to it, when the peer did not wait for its end; or null. */
    private MsrpResponse earlyResponse;

    /** Frames, or parts of one, that were written and not flushed yet. */
    private int unflushed;

    /** @param context of the connection's handler, behind the encoder in the pipeline */
    FrameWriter(ChannelHandlerContext context, Transactions transactions) {
        this.context = context;
        this.transactions = transactions;
        this.encoding = context.pipeline().context(MsrpEncoder.class);
        this.encoder = (MsrpEncoder) encoding.handler();
        this.nobody = encoding.voidPromise();
    }

    /** That sender has nothing to write any more: a frame that it left open is ended. */
    void forget(Sender sender) {
        if (openFrame == sender) {
            interruptOpenFrame();
        }
    }

    /** A response came. */
    void answered(MsrpResponse response) {
        if (openFrame != null && openId.equals(response.transactionId())) {
            earlyResponse = response;
        } else {
            transactions.answered(response);
        }
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
    void writeRequest(MsrpRequest request, MsrpFrame body, Continuation end, Transactions.Waiting waiting) {
        interruptOpenFrame();
        write(request);
        if (body != null) {
            write(body);
        }
        write(end);
        if (waiting != null) {
            transactions.begin(request.transactionId(), waiting);
        }
        frameWritten();
    }

    /** Writes the head of a request whose content comes later; whoever writes in between {@linkplain Sender#interrupt interrupts} it. */
    void openFrame(Sender by, MsrpRequest request) {
        interruptOpenFrame();
        write(request);
        openFrame = by;
        openId = request.transactionId();
        earlyResponse = null;
        frameWritten();
    }

    /** Writes some of the content of the open frame. */
    void writeContent(ByteBuf content) {
        write(new MsrpPiece(content));
        frameWritten();
    }

    /** Writes the end-line of the open frame; who waits for the response, or null. */
    void closeFrame(String transactionId, Continuation end, Transactions.Waiting waiting) {
        openFrame = null;
        write(end);
        if (waiting != null && earlyResponse != null) {
            waiting.answered(earlyResponse);
        } else if (waiting != null) {
            transactions.begin(transactionId, waiting);
        }
        frameWritten();
    }

    private void interruptOpenFrame() {
        if (openFrame != null) {
            openFrame.interrupt();
        }
    }

    private void write(MsrpFrame part) {
        if (encoding.isRemoved()) {
            ReferenceCountUtil.release(part); // the connection is closed
        } else {
            encoder.write(encoding, part, nobody);
        }
    }

    /** Answers a request of that route, one hop back (RFC 4975 §7.2). */
    void respond(String transactionId, Route to, int status, String comment) {
        respond(new MsrpResponse(transactionId, status, comment, to.replyTo, to.replyFrom, new MsrpHeaders()));
    }

    void respond(MsrpResponse response) {
        interruptOpenFrame();
        write(response);
        write(Continuation.COMPLETE);
        frameWritten();
    }

    /**
     * Reports along the whole path back what became of a message (RFC 4975 §7.1.2).
     *
     * @param fromPath who reports: the message's whole To-Path, or of a relay its own URI
     */
    void report(Route of, String fromPath, String messageId, ByteRange range, int status, String comment) {
        MsrpHeaders headers = new MsrpHeaders()
                .add(MsrpHeaders.MESSAGE_ID, messageId)
                .add(MsrpHeaders.BYTE_RANGE, range.toString())
                .add(MsrpHeaders.STATUS, "000 " + status + (comment.isEmpty() ? "" : " " + comment));
        MsrpRequest report = new MsrpRequest(newTransactionId(), MsrpRequest.REPORT, of.fromPath, fromPath, headers);
        writeRequest(report, null, Continuation.COMPLETE, null);
    }

    /** Not too many at once, so that the peer has something to do meanwhile. */
    private void frameWritten() {
        if (++unflushed >= FRAMES_AT_ONCE) {
            flush();
        }
    }

    void flushIfWritten() {
        if (unflushed > 0) {
            flush();
        }
    }

    private void flush() {
        unflushed = 0;
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
}
