package im.deferred.msrp.frame;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.TooLongFrameException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@link MsrpFrame}s (RFC 4975 §9). Content is passed on as it comes, without copying, so that a frame may be of any length.
 *
 * <p>A frame with a readable start line and anything wrong after it becomes a {@link MalformedFrame}; when its head exceeds a limit, the
 * {@linkplain MalformedFrame#last last} one. When not even the start line can be read, a {@link CorruptedFrameException} or
 * {@link TooLongFrameException} tells so. After these, all else on that connection is thrown away. Empty lines between frames, which some peers send to keep a NAT binding, are skipped.
 */
public final class MsrpDecoder extends ByteToMessageDecoder {
    /** Octets of a start or header line. */
    public static final int DEFAULT_MAX_LINE_LENGTH = 8192;
    /** Octets of all lines of a head. */
    public static final int DEFAULT_MAX_HEAD_LENGTH = 32_768;
    /** Headers of a frame, paths among them. */
    public static final int DEFAULT_MAX_HEADERS = 64;

    private static final byte[] PROTOCOL = "MSRP ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SEND = MsrpRequest.SEND.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OK = "OK".getBytes(StandardCharsets.US_ASCII);

    private enum State {
        START_LINE,
        HEADERS,
        BODY_START,
        BODY,
        BROKEN
    }

    private final int maxLineLength;
    private final int maxHeadLength;
    private final int maxHeaders;
    private final HeaderNames names = new HeaderNames();
    private final EndLineSearch search = EndLineSearch.withLineBreak();
    private State state = State.START_LINE;

    /** The line read last, without its line end. */
    private byte[] line = new byte[512];

    private int lineLength;

    private String transactionId;
    /** Null in a response. */
    private String method;

    private int status;
    private String comment;
    private String toPath;
    private String fromPath;
    private MsrpHeaders headers;
    private int headLength;
    private int headerCount;
    /** What is wrong with this frame, or null. */
    private String fault;

    /** A decoder with the default limits. */
    public MsrpDecoder() {
        this(DEFAULT_MAX_LINE_LENGTH, DEFAULT_MAX_HEAD_LENGTH, DEFAULT_MAX_HEADERS);
    }

    /** A decoder with limits of one's own, each positive. */
    public MsrpDecoder(int maxLineLength, int maxHeadLength, int maxHeaders) {
        if (maxLineLength <= 0 || maxHeadLength <= 0 || maxHeaders <= 0) {
            throw new IllegalArgumentException("limits must be positive");
        }
        this.maxLineLength = maxLineLength;
        this.maxHeadLength = maxHeadLength;
        this.maxHeaders = maxHeaders;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        switch (state) {
            case START_LINE -> {
                if (readLine(in, out) && lineLength > 0) {
                    parseStartLine();
                    state = State.HEADERS;
                }
            }
            case HEADERS -> decodeHeaders(in, out);
            case BODY_START -> decodeBodyStart(in, out);
            case BODY -> decodeBody(in, out);
            case BROKEN -> in.skipBytes(in.readableBytes());
        }
    }

    private void decodeHeaders(ByteBuf in, List<Object> out) {
        while (state == State.HEADERS && readLine(in, out)) {
            if (lineLength == 0) {
                endHead(out);
                search.transactionId(transactionId);
                state = State.BODY_START;
                return;
            }
            Continuation end = endLine();
            if (end != null) {
                endHead(out);
                endFrame(end, out);
                return;
            }
            parseHeader(out);
        }
    }

    /** An end-line may follow the empty line at once: not by the grammar, but some peers end a frame without a body like that. */
    private void decodeBodyStart(ByteBuf in, List<Object> out) {
        int start = in.readerIndex();
        int hyphensAndId = search.length() - 2;
        int comparable = Math.min(hyphensAndId, in.readableBytes());
        if (!search.matchesAfterLineBreak(in, start, comparable)) {
            state = State.BODY;
            decodeBody(in, out);
        } else if (comparable == hyphensAndId) {
            Ending ending = endingAt(in, start + hyphensAndId);
            if (ending == Ending.YES) {
                takeEnd(in, start + hyphensAndId, out);
            } else if (ending == Ending.NO) {
                state = State.BODY;
                decodeBody(in, out);
            }
        }
    }

    private void decodeBody(ByteBuf in, List<Object> out) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        int at = search.indexOf(in, start, end);
        while (at >= 0) {
            int flag = at + search.length();
            Ending ending = endingAt(in, flag);
            if (ending != Ending.NO) {
                takeContent(in, at - start, out);
                if (ending == Ending.YES) {
                    takeEnd(in, flag, out);
                }
                return;
            }
            at = search.indexOf(in, at + 1, end);
        }
        takeContent(in, end - start - search.openEnd(in, start, end), out);
    }

    private enum Ending {
        YES,
        NO,
        NOT_YET_KNOWN
    }

    /** Whether a continuation flag and CRLF stand at that index. */
    private static Ending endingAt(ByteBuf in, int flag) {
        int known = in.writerIndex() - flag;
        if (known > 0 && Continuation.of(in.getByte(flag)) == null
                || known > 1 && in.getByte(flag + 1) != '\r'
                || known > 2 && in.getByte(flag + 2) != '\n') {
            return Ending.NO;
        }
        return known > 2 ? Ending.YES : Ending.NOT_YET_KNOWN;
    }

    private void takeContent(ByteBuf in, int length, List<Object> out) {
        if (length > 0 && fault == null) {
            out.add(new MsrpPiece(in.readRetainedSlice(length)));
        } else {
            in.skipBytes(length);
        }
    }

    private void takeEnd(ByteBuf in, int flag, List<Object> out) {
        Continuation end = Continuation.of(in.getByte(flag));
        in.readerIndex(flag + 3);
        endFrame(end, out);
    }

    /** Reads a line if it is there as a whole, and within the limits. */
    private boolean readLine(ByteBuf in, List<Object> out) {
        int start = in.readerIndex();
        int lineFeed = in.indexOf(start, in.writerIndex(), (byte) '\n');
        int end = lineFeed < 0 ? in.writerIndex() : lineFeed;
        // The carriage return does not count, not even while its line feed is still to come.
        boolean terminated = end > start && in.getByte(end - 1) == '\r';
        int length = (terminated ? end - 1 : end) - start;
        if (length > maxLineLength) {
            in.skipBytes(in.readableBytes());
            giveUp("line of more than " + maxLineLength + " octets", out);
            return false;
        }
        if (lineFeed < 0) {
            return false;
        }
        if (!terminated) {
            fail("line feed without carriage return");
        }
        if (line.length < length) {
            line = new byte[Math.min(Math.max(2 * line.length, length), maxLineLength)];
        }
        in.getBytes(start, line, 0, length);
        in.readerIndex(lineFeed + 1);
        lineLength = length;
        headLength += length + 2;
        if (headLength > maxHeadLength) {
            giveUp("head of more than " + maxHeadLength + " octets", out);
            return false;
        }
        if (state == State.START_LINE && length == 0) {
            reset();
        }
        return true;
    }

    /** {@code MSRP id METHOD} or {@code MSRP id 200 OK}; without a transaction id nobody can tell where the frame ends. */
    private void parseStartLine() {
        boolean msrp =
                lineLength > PROTOCOL.length && Arrays.equals(line, 0, PROTOCOL.length, PROTOCOL, 0, PROTOCOL.length);
        int idEnd = PROTOCOL.length;
        while (idEnd < lineLength && line[idEnd] != ' ') {
            idEnd++;
        }
        String id = msrp ? text(PROTOCOL.length, idEnd) : "";
        if (!MsrpSyntax.isIdent(id) || idEnd == lineLength || fault != null) {
            state = State.BROKEN;
            throw new CorruptedFrameException("not an MSRP start line");
        }
        transactionId = id;
        headers = new MsrpHeaders();
        int start = idEnd + 1;
        int length = lineLength - start;
        boolean digits = length >= 3 && isDigit(start) && isDigit(start + 1) && isDigit(start + 2);
        if (digits && (length == 3 || line[start + 3] == ' ')) {
            status = 100 * (line[start] - '0') + 10 * (line[start + 1] - '0') + line[start + 2] - '0';
            comment = length < 4 ? "" : textOr(OK, "OK", start + 4);
            if (status < 100 || !MsrpSyntax.isText(comment)) {
                fail("not a status line");
            }
        } else {
            method = textOr(SEND, MsrpRequest.SEND, start);
            if (!MsrpSyntax.isToken(method)) {
                fail("not a method");
            }
        }
    }

    /** The rest of the line; the string given when it is the usual octets. */
    private String textOr(byte[] usual, String usualText, int from) {
        return Arrays.equals(line, from, lineLength, usual, 0, usual.length) ? usualText : text(from, lineLength);
    }

    private void parseHeader(List<Object> out) {
        if (++headerCount > maxHeaders) {
            giveUp("more than " + maxHeaders + " headers", out);
            return;
        }
        int colon = 0;
        while (colon < lineLength && line[colon] != ':') {
            colon++;
        }
        int from = colon + 1;
        while (from < lineLength && isBlank(from)) {
            from++;
        }
        int to = lineLength;
        while (to > from && isBlank(to - 1)) {
            to--;
        }
        HeaderNames.Known known = names.find(line, colon);
        String name = known != null ? known.name : text(0, colon);
        if (colon == lineLength || known == null && !MsrpSyntax.isToken(name)) {
            fail("not a header line");
            return;
        }
        String value = known != null ? known.recall(line, from, to) : null;
        if (value == null) {
            value = text(from, to);
            if (!MsrpSyntax.isText(value)) {
                fail("control character in a header");
                return;
            }
            if (known != null) {
                known.remember(line, from, to, value);
            }
        }
        addHeader(name, value);
    }

    /** To-Path is the first header and From-Path the second (RFC 4975 §7.1). */
    @SuppressWarnings("StringEquality") // known names are one and the same object
    private void addHeader(String name, String value) {
        boolean to = name == MsrpHeaders.TO_PATH;
        boolean from = name == MsrpHeaders.FROM_PATH;
        if (to != (headerCount == 1) || from != (headerCount == 2)) {
            fail("To-Path and From-Path are not the first two headers");
        }
        if (to) {
            toPath = value;
        } else if (from) {
            fromPath = value;
        } else {
            headers.addChecked(name, value);
        }
    }

    /** The flag when this line is the end-line of this frame, otherwise null. */
    private Continuation endLine() {
        int idLength = transactionId.length();
        if (lineLength != 7 + idLength + 1 || !EndLineSearch.startsWithHyphens(line, lineLength)) {
            return null;
        }
        for (int i = 0; i < idLength; i++) {
            if (line[7 + i] != transactionId.charAt(i)) {
                return null;
            }
        }
        return Continuation.of(line[lineLength - 1]);
    }

    private void endHead(List<Object> out) {
        if (headerCount < 2) {
            fail("To-Path and From-Path are not the first two headers");
        }
        if (fault == null) {
            out.add(
                    method != null
                            ? new MsrpRequest(transactionId, method, toPath, fromPath, headers)
                            : new MsrpResponse(transactionId, status, comment, toPath, fromPath, headers));
        }
    }

    private void endFrame(Continuation end, List<Object> out) {
        out.add(fault == null ? end : malformed(fault, false));
        reset();
    }

    private MalformedFrame malformed(String reason, boolean last) {
        boolean answerable = method != null
                && !method.equals(MsrpRequest.REPORT)
                && !"no".equalsIgnoreCase(headers.get(MsrpHeaders.FAILURE_REPORT));
        return new MalformedFrame(transactionId, answerable, toPath, fromPath, reason, last);
    }

    /** A limit is exceeded: where this frame ends, and another begins, will not be known. */
    private void giveUp(String reason, List<Object> out) {
        boolean anonymous = state == State.START_LINE;
        state = State.BROKEN;
        if (anonymous) {
            throw new TooLongFrameException(reason);
        }
        out.add(malformed(reason, true));
    }

    /** Whether some of a frame has come, and not all of it. */
    public boolean isMidFrame() {
        return isInFrame() || actualReadableBytes() > 0;
    }

    /**
     * What is known of the frame that is coming, once its start line has come.
     *
     * @param reason why it is not waited for any longer
     */
    public Optional<MalformedFrame> unfinished(String reason) {
        return isInFrame() ? Optional.of(malformed(reason, true)) : Optional.empty();
    }

    private boolean isInFrame() {
        return state != State.START_LINE && state != State.BROKEN;
    }

    private void reset() {
        state = State.START_LINE;
        method = null;
        toPath = null;
        fromPath = null;
        headers = null;
        headLength = 0;
        headerCount = 0;
        fault = null;
    }

    private void fail(String reason) {
        if (fault == null) {
            fault = reason;
        }
    }

    private boolean isDigit(int index) {
        return line[index] >= '0' && line[index] <= '9';
    }

    private boolean isBlank(int index) {
        return line[index] == ' ' || line[index] == '\t';
    }

    private String text(int from, int to) {
        return new String(line, from, to - from, StandardCharsets.UTF_8);
    }
}
