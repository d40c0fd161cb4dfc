package im.deferred.msrp.frame;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes frames: a head, then {@link MsrpPiece}s or {@link HeapPiece}s if there is content, then the {@link Continuation}; anything else is passed on as it is.
 * An empty piece makes an empty body, no piece makes none.
 *
 * <p>Many small frames become one buffer, which goes on when it is full or flushed; content that lies outside the Java heap is not copied.
 * The sender answers for a transaction id that does not occur in the content ({@link EndLineSearch#anywhere}).
 */
public final class MsrpEncoder extends ChannelOutboundHandlerAdapter {
    /** Octets that are gathered before they go on without a flush. */
    public static final int DEFAULT_BUFFER_LENGTH = 65_536;

    private static final int INITIAL_LENGTH = 1024;
    private static final int COPIED_LENGTH = 1024;
    private static final String LINE_BREAK = "\r\n";
    private static final String HYPHENS = "-------";

    private enum State {
        START_LINE,
        BODY_OR_END,
        BODY
    }

    private final int bufferLength;
    private final List<ChannelPromise> promises = new ArrayList<>();
    private final OctetText text = new OctetText();
    private State state = State.START_LINE;
    private String transactionId;
    private ByteBuf buffer;
    /** What the last buffer came to is what the next one will need, most often. */
    private int nextLength = INITIAL_LENGTH;

    /** The paths of the head before, and both headers as they stand on the wire: most often the next head has the same. */
    private String toPath = "";

    private String fromPath = "";
    private byte[] paths = {};

    /** An encoder with the default buffer. */
    public MsrpEncoder() {
        this(DEFAULT_BUFFER_LENGTH);
    }

    /** An encoder that gathers that many octets, at least 1. */
    public MsrpEncoder(int bufferLength) {
        if (bufferLength <= 0) {
            throw new IllegalArgumentException("bufferLength must be positive: " + bufferLength);
        }
        this.bufferLength = bufferLength;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof MsrpFrame frame) {
            if (encode(context, frame)) {
                if (!promise.isVoid()) {
                    promises.add(promise);
                }
                if (buffer.readableBytes() >= bufferLength) {
                    writeBuffer(context);
                }
            } else {
                ReferenceCountUtil.release(frame);
                promise.setFailure(new IllegalStateException("out of turn: " + frame.getClass()));
            }
        } else {
            writeBuffer(context);
            context.write(message, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        writeBuffer(context);
        context.flush();
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        writeBuffer(context);
        context.close(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
        promises.forEach(promise -> promise.tryFailure(new IllegalStateException("encoder removed")));
        promises.clear();
    }

    /** False when the frame's part is not in its turn. */
    private boolean encode(ChannelHandlerContext context, MsrpFrame frame) {
        if (frame instanceof MsrpHead head && state == State.START_LINE) {
            encodeHead(buffer(context), head);
            transactionId = head.transactionId();
            state = State.BODY_OR_END;
        } else if (frame instanceof MsrpPiece piece && state != State.START_LINE) {
            beginBody(context);
            encodeContent(context, piece.content());
        } else if (frame instanceof HeapPiece piece && state != State.START_LINE) {
            beginBody(context);
            buffer(context).writeBytes(piece.content().duplicate());
        } else if (frame instanceof Continuation end && state != State.START_LINE) {
            encodeEnd(buffer(context), end);
            state = State.START_LINE;
        } else {
            return false;
        }
        return true;
    }

    private void encodeHead(ByteBuf out, MsrpHead head) {
        text.append("MSRP ").append(head.transactionId()).append(" ");
        if (head instanceof MsrpRequest request) {
            text.append(request.method());
        } else if (head instanceof MsrpResponse response) {
            text.append(Integer.toString(response.status()));
            if (!response.comment().isEmpty()) {
                text.append(" ").append(response.comment());
            }
        }
        text.append(LINE_BREAK).append(paths(head));
        MsrpHeaders headers = head.headers();
        for (int i = 0; i < headers.size(); i++) {
            text.append(headers.name(i)).append(": ").append(headers.value(i)).append(LINE_BREAK);
        }
        text.moveTo(out);
    }

    private byte[] paths(MsrpHead head) {
        if (!head.toPath().equals(toPath) || !head.fromPath().equals(fromPath)) {
            toPath = head.toPath();
            fromPath = head.fromPath();
            String headers =
                    MsrpHeaders.TO_PATH + ": " + toPath + "\r\n" + MsrpHeaders.FROM_PATH + ": " + fromPath + "\r\n";
            paths = headers.getBytes(StandardCharsets.UTF_8);
        }
        return paths;
    }

    private void beginBody(ChannelHandlerContext context) {
        if (state == State.BODY_OR_END) {
            buffer(context).writeShort('\r' << 8 | '\n');
            state = State.BODY;
        }
    }

    private void encodeContent(ChannelHandlerContext context, ByteBuf content) {
        if (content.isDirect() && content.readableBytes() > COPIED_LENGTH) {
            writeBuffer(context);
            context.write(content, context.voidPromise());
        } else {
            buffer(context).writeBytes(content);
            content.release();
        }
        buffer(context);
    }

    private void encodeEnd(ByteBuf out, Continuation end) {
        if (state == State.BODY) {
            text.append(LINE_BREAK);
        }
        text.append(HYPHENS).append(transactionId).append(end.text()).append(LINE_BREAK);
        text.moveTo(out);
    }

    private ByteBuf buffer(ChannelHandlerContext context) {
        if (buffer == null) {
            buffer = context.alloc().ioBuffer(nextLength);
        }
        return buffer;
    }

    private void writeBuffer(ChannelHandlerContext context) {
        if (buffer == null) {
            return;
        }
        ByteBuf gathered = buffer;
        buffer = null;
        nextLength = Math.max(INITIAL_LENGTH, Math.min(gathered.readableBytes(), 2 * bufferLength));
        if (promises.isEmpty()) {
            context.write(gathered, context.voidPromise());
        } else {
            List<ChannelPromise> waiting = List.copyOf(promises);
            promises.clear();
            context.write(gathered)
                    .addListener(written -> waiting.forEach(promise -> {
                        if (written.isSuccess()) {
                            promise.trySuccess();
                        } else {
                            promise.tryFailure(written.cause());
                        }
                    }));
        }
    }
}
