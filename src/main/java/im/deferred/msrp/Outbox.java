package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.EndLineSearch;
import im.deferred.msrp.frame.HeapPiece;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The messages that leave in one session, one after the other, each in chunks (RFC 4975 §5.1). Everything but {@link #add} and
 * {@link #loseQueued} happens on the event loop of the session's connection.
 */
final class Outbox extends Sender {
    /** A chunk with more than that has to be interruptible: its range ends with a star (RFC 4975 §7.1.1). */
    private static final int LONGEST_FIXED_RANGE = 2048;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final MsrpSession session;
    private final MsrpLimits limits;
    private final String toPath;
    private final String fromPath;
    private final int chunkLength;
    private final int maxUnanswered;
    private final Queue<Outgoing> queue = new ConcurrentLinkedQueue<>();

    /** Messages whose sending began and whose outcome is open, eldest first, by Message-ID. */
    private final Map<String, Outgoing> open = new LinkedHashMap<>();

    private final EndLineSearch search = EndLineSearch.anywhere();
    private Outgoing current;
    /** The part of the next chunk that was read when the content came in smaller pieces, or null. */
    private ByteBuffer partial;

    private boolean reading;
    private int unanswered;

    Outbox(MsrpSession session, MsrpLimits limits) {
        this.session = session;
        this.limits = limits;
        this.toPath = MsrpUri.formatPath(session.remotePath());
        this.fromPath = session.local().toString();
        this.chunkLength = session.remotePath().size() > 1 ? limits.relayChunkLength() : limits.chunkLength();
        this.maxUnanswered = session.agreement().oneAtATime() ? 1 : limits.maxUnanswered();
    }

    /** From any thread: to be sent after all that were added before. */
    Outgoing add(OutgoingMessage message) {
        Outgoing outgoing = new Outgoing(
                message, message.successReport() || session.remotePath().size() > 1, this);
        queue.add(outgoing);
        return outgoing;
    }

    @Override
    void write(MsrpConnection connection) {
        if (reading || unanswered >= maxUnanswered || session.isOver()) {
            return;
        }
        if (current == null) {
            current = queue.poll();
            if (current == null) {
                return;
            }
            if (open.putIfAbsent(current.message.messageId(), current) != null) {
                current.fail(new IllegalStateException("Message-ID still in use: " + current.message.messageId()));
            }
        }
        if (current.isOver()) {
            abort(connection);
        } else if (current.length == 0) {
            writeChunk(connection, NOTHING);
        } else {
            read(connection);
        }
    }

    private void read(MsrpConnection connection) {
        long from = current.offset() + (partial == null ? 0 : partial.position());
        int wanted = (int) Math.min(current.length - from, chunkLength - (from - current.offset()));
        reading = true;
        connection.whenDone(readContent(from, wanted), (bytes, failure) -> {
            reading = false;
            if (current == null) {
                return; // the session ended meanwhile
            }
            if (failure != null) {
                current.fail(failure);
                connection.giveTurn(this);
            } else if (bytes == null || !bytes.hasRemaining() || bytes.remaining() > wanted) {
                current.fail(new IllegalStateException("content gave no or too many octets"));
                connection.giveTurn(this);
            } else {
                take(connection, bytes, wanted);
            }
        });
    }

    private CompletionStage<ByteBuffer> readContent(long from, int wanted) {
        try {
            return current.message.content().read(from, wanted);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** A chunk is sent when it is as long as it may be, so that a receiver that cannot assemble gets small messages whole. */
    private void take(MsrpConnection connection, ByteBuffer bytes, int wanted) {
        if (bytes.remaining() < wanted) {
            if (partial == null) {
                partial = ByteBuffer.allocate(wanted);
            }
            partial.put(bytes.duplicate());
            connection.giveTurn(this);
        } else if (partial == null) {
            writeChunk(connection, bytes);
        } else {
            ByteBuffer chunk = partial.put(bytes.duplicate()).flip();
            partial = null;
            writeChunk(connection, chunk);
        }
    }

    private void writeChunk(MsrpConnection connection, ByteBuffer body) {
        if (current.isOver()) {
            connection.giveTurn(this);
            return;
        }
        int octets = body.remaining();
        long start = current.offset() + 1;
        long end = octets > LONGEST_FIXED_RANGE ? ByteRange.UNKNOWN : current.offset() + octets;
        MsrpHeaders headers = headers(new ByteRange(start, end, current.length));
        if (current.asksForReport()) {
            headers.add(MsrpHeaders.SUCCESS_REPORT, "yes");
        }
        if (current.message.failureReport() != FailureReport.YES) {
            headers.add(
                    MsrpHeaders.FAILURE_REPORT, current.message.failureReport().toString());
        }
        if (!current.message.extensionHeaders().isEmpty()) {
            current.message.extensionHeaders().forEach(headers::add);
        }
        headers.add(MsrpHeaders.CONTENT_TYPE, current.message.contentType());
        String id = idNotIn(connection, body);
        current.chunkSent(octets);
        if (current.expectsResponse()) {
            unanswered++;
        }
        boolean last = current.isSent();
        connection
                .writer()
                .writeRequest(
                        new MsrpRequest(id, MsrpRequest.SEND, toPath, fromPath, headers),
                        new HeapPiece(body),
                        last ? Continuation.COMPLETE : Continuation.MORE,
                        current);
        if (last) {
            current = null;
        }
        connection.giveTurn(this);
    }

    /** The id may not stand after seven hyphens in the body (RFC 4975 §7.1); matters where an MSRP frame is sent as content. */
    private String idNotIn(MsrpConnection connection, ByteBuffer body) {
        String id;
        do {
            id = connection.writer().newTransactionId();
            search.transactionId(id);
        } while (search.indexOf(body, body.position(), body.limit()) >= 0);
        return id;
    }

    /** Tells the peer that the rest of a refused message will not come, when it has some of it (RFC 4975 §7.2.1). */
    private void abort(MsrpConnection connection) {
        if (current.offset() > 0) {
            MsrpHeaders headers = headers(new ByteRange(current.offset() + 1, ByteRange.UNKNOWN, current.length));
            connection
                    .writer()
                    .writeRequest(
                            new MsrpRequest(
                                    connection.writer().newTransactionId(),
                                    MsrpRequest.SEND,
                                    toPath,
                                    fromPath,
                                    headers),
                            null,
                            Continuation.ABORTED,
                            (status, comment) -> chunkAnswered());
            unanswered++;
        }
        partial = null;
        current = null;
        connection.giveTurn(this);
    }

    private MsrpHeaders headers(ByteRange range) {
        return new MsrpHeaders()
                .add(MsrpHeaders.MESSAGE_ID, current.message.messageId())
                .add(MsrpHeaders.BYTE_RANGE, range.toString());
    }

    /** A SEND without content, by which the peer can tell which session is on this connection (RFC 4975 §5.4). */
    void sendEmpty(MsrpConnection connection) {
        MsrpHeaders headers = new MsrpHeaders()
                .add(MsrpHeaders.MESSAGE_ID, connection.writer().newTransactionId())
                .add(MsrpHeaders.BYTE_RANGE, "1-0/0");
        connection
                .writer()
                .writeRequest(
                        new MsrpRequest(
                                connection.writer().newTransactionId(), MsrpRequest.SEND, toPath, fromPath, headers),
                        null,
                        Continuation.COMPLETE,
                        (status, comment) -> {
                            session.firstAnswer(status);
                            chunkAnswered();
                        });
        unanswered++;
    }

    /** A REPORT: a success one counts for its octets, any other refuses the message; one for an unknown message is ignored. */
    void report(String messageId, ByteRange range, int status, String comment) {
        Outgoing outgoing = messageId == null ? null : open.get(messageId);
        if (outgoing == null) {
            return;
        }
        if (status / 100 == 2) {
            outgoing.reported(range.start() - 1, range.end() == ByteRange.UNKNOWN ? outgoing.length : range.end());
        } else {
            outgoing.finish(new Delivery.Refused(status, comment));
        }
    }

    void chunkAnswered() {
        unanswered--;
        session.wantsTurn();
    }

    void ended(Outgoing outgoing) {
        open.remove(outgoing.message.messageId(), outgoing);
    }

    long reportDeadline() {
        return System.nanoTime() + limits.reportTimeout().toNanos();
    }

    /** Refuses what waits too long for its success REPORT. */
    void expire() {
        long now = System.nanoTime();
        new ArrayList<>(open.values()).forEach(outgoing -> outgoing.expire(now));
    }

    /** The session is over: all that is open or waits is lost. Safe on any thread once nothing else happens here any more. */
    void lose(String reason) {
        Delivery lost = new Delivery.Lost(reason);
        partial = null;
        current = null;
        new ArrayList<>(open.values()).forEach(outgoing -> outgoing.finish(lost));
        loseQueued(lost);
    }

    /** From any thread. */
    void loseQueued(Delivery lost) {
        for (Outgoing outgoing = queue.poll(); outgoing != null; outgoing = queue.poll()) {
            outgoing.delivery.complete(lost);
        }
    }
}
