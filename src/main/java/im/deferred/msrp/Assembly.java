package im.deferred.msrp;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An incoming message of which chunks have come: where they go, and when it is whole (RFC 4975 §7.3.1). */
final class Assembly {
    private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);

    private enum State {
        OPEN,
        REFUSED,
        ENDED
    }

    private static final long UNKNOWN = -1;

    final String messageId;
    final IncomingSink sink;
    private final Ranges received = new Ranges();
    private State state = State.OPEN;
    private long length = UNKNOWN;
    private MsrpRefusal refusal;
    private boolean successReport;

    private Assembly(String messageId, IncomingSink sink) {
        this.messageId = messageId;
        this.sink = sink;
    }

    static Assembly into(String messageId, IncomingSink sink) {
        return new Assembly(messageId, sink);
    }

    /** For a message that nobody takes: so that its further chunks meet the same refusal. */
    static Assembly refused(String messageId, MsrpRefusal refusal) {
        Assembly assembly = new Assembly(messageId, null);
        assembly.state = State.REFUSED;
        assembly.refusal = refusal;
        return assembly;
    }

    /** Octets from {@code start} to before {@code end} were taken by the sink. */
    void received(long start, long end) {
        received.add(start, end);
    }

    int gaps() {
        return received.gaps();
    }

    /** The chunk that ends the message ended there. */
    void endsAt(long end) {
        length = end;
    }

    boolean isWhole() {
        return state == State.OPEN && length != UNKNOWN && received.covers(length);
    }

    long length() {
        return length;
    }

    void askedForSuccessReport() {
        successReport = true;
    }

    boolean wantsSuccessReport() {
        return successReport;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Why it is not taken, or null. */
    MsrpRefusal refusal() {
        return refusal;
    }

    /** It is whole, and its sink is told so. */
    void complete() {
        state = State.ENDED;
    }

    /** It is not taken, or not any more, and the sink is told so. */
    void refuse(MsrpRefusal why) {
        if (state == State.OPEN) {
            state = State.REFUSED;
            refusal = why;
            tellSink(why.getMessage());
        }
    }

    /** Nothing of it counts. */
    void abort(String reason) {
        if (state == State.OPEN) {
            state = State.ENDED;
            tellSink(reason);
        }
    }

    /** What the sink does wrong here shall not keep the session from ending. */
    private void tellSink(String reason) {
        try {
            sink.abort(reason);
        } catch (RuntimeException e) {
            LOG.warn("message {}: sink failed to abort", messageId, e);
        }
    }
}
