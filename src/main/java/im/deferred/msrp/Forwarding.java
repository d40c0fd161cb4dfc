package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpRequest;
import im.deferred.msrp.frame.MsrpResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One request that the relay passes on while it comes in (RFC 4976 §6). A SEND is answered hop by hop: here at its end; what becomes of
 * it beyond is told by a REPORT. The response to any other request, but for a REPORT, which has none, comes from where it goes to.
 *
 * <p>A SEND of up to 2048 octets is passed on as a whole, a longer one, which its sender may interrupt too, in pieces as they come.
 */
final class Forwarding implements FrameReceiver {
    private static final int WHOLE = 2048;
    /** Content of a request that is no SEND: those are not cut into chunks (RFC 4975 §7.1). */
    private static final int MOST_OF_OTHERS = 10_240;

    private final MsrpConnection from;
    private final MsrpRequest request;
    private final Route route;
    private final Passage passage;
    private final FailureReport failureReport;
    private final ByteRange range;

    /** Content that came, and was not given to the lane yet. */
    private ByteBuf held = Unpooled.EMPTY_BUFFER;

    private boolean gathered;
    private boolean hasBody;
    private boolean cutThrough;
    private boolean abandoned;
    private boolean refused;
    /** Null until its end-line came, and always when it is passed on in pieces. */
    private Continuation end;

    private boolean answered;
    private Failure failure;

    private record Failure(int status, String comment, ByteRange part) {}

    /** @throws IllegalArgumentException when its Byte-Range cannot be read, or a SEND has no Message-ID */
    Forwarding(MsrpConnection from, MsrpRequest request, Route route, Passage passage) {
        this.from = from;
        this.request = request;
        this.route = route;
        this.passage = passage;
        this.failureReport = FailureReport.of(request.headers());
        if (isSend() && request.headers().get(MsrpHeaders.MESSAGE_ID) == null) {
            throw new IllegalArgumentException("no Message-ID");
        }
        String value = request.headers().get(MsrpHeaders.BYTE_RANGE);
        this.range = value == null ? ByteRange.DEFAULT : ByteRange.parse(value);
    }

    // ---- in: on the event loop of the connection it comes from ----

    @Override
    public void piece(ByteBuf content) {
        hasBody = true;
        int octets = content.readableBytes();
        if (refused || passage.isOver()) {
            content.release();
            abandon();
            return;
        }
        if (cutThrough) {
            passage.lane().offer(content);
        } else {
            hold(content);
            if (held.readableBytes() > (isSend() ? WHOLE : MOST_OF_OTHERS)) {
                cutThroughOrRefuse();
            }
        }
        waitForTurn(0, octets);
    }

    /** What comes in many small pieces is put into one buffer: each of them might keep a large one from being used again. */
    private void hold(ByteBuf content) {
        if (held == Unpooled.EMPTY_BUFFER) {
            held = content;
            return;
        }
        if (!gathered) {
            gathered = true;
            ByteBuf first = held;
            held = from.alloc().buffer(2 * WHOLE).writeBytes(first);
            first.release();
        }
        held.writeBytes(content);
        content.release();
    }

    private void cutThroughOrRefuse() {
        if (isSend()) {
            cutThrough = true;
            passage.lane().offer(this);
        } else {
            refused = true;
            discard();
        }
    }

    @Override
    public void end(Continuation continuation) {
        if (refused) {
            if (!isReport()) {
                from.writer().respond(request.transactionId(), route, 413, "Too long for " + request.method());
            }
            return;
        }
        if (abandoned || passage.isOver()) {
            abandon();
            failedHere(408, "Next hop lost", range);
        } else if (cutThrough) {
            passage.lane().offer(continuation);
        } else {
            end = continuation;
            passage.lane().offer(this);
        }
        answer();
        waitForTurn(1, 0);
    }

    /** The rest will not be passed on; of what has been, nothing counts. */
    private void abandon() {
        if (!cutThrough) {
            discard();
        } else if (!abandoned) {
            passage.lane().offer(Continuation.ABORTED);
        }
        abandoned = true;
    }

    @Override
    public void lost() {
        if (end == null) {
            abandon();
        }
    }

    private void answer() {
        answered = true;
        if (isSend() && failureReport == FailureReport.YES) {
            from.writer().respond(request.transactionId(), route, 200, "OK");
        }
        if (failure != null) {
            tell();
        }
    }

    /** A next hop that is slow, or a client that sends more than it may: nothing is read from it for a while. */
    private void waitForTurn(int requests, int octets) {
        long nanos = passage.isFromClient(from) ? passage.user().take(requests, octets) : 0;
        boolean full = !passage.isOver() && passage.lane().isFull();
        if (full || nanos > 0) {
            CompletionStage<Void> room = full ? passage.lane().room() : CompletableFuture.completedFuture(null);
            from.pauseUntil(room.thenCombine(from.after(nanos), (done, later) -> null), ignored -> {});
        }
    }

    // ---- out: for the lane, on the event loop of the connection it goes to ----

    /** Whether all of the frame is here; otherwise the rest follows it on the lane. */
    boolean isWhole() {
        return end != null;
    }

    Continuation end() {
        return end;
    }

    int heldOctets() {
        return held.readableBytes();
    }

    /** Null when the frame has no body at all. */
    ByteBuf takeHeld() {
        ByteBuf taken = held;
        held = Unpooled.EMPTY_BUFFER;
        return hasBody ? taken : null;
    }

    /** It will not be passed on. */
    void discard() {
        held.release();
        held = Unpooled.EMPTY_BUFFER;
    }

    /** Of the chunk as it came. */
    ByteRange range() {
        return range;
    }

    /** The request as it goes on (RFC 4976 §6.2): all but the paths and the transaction id is left as it came. */
    MsrpRequest request(String transactionId) {
        return new MsrpRequest(
                transactionId, request.method(), passage.toPath(), passage.fromPath(), request.headers());
    }

    /** The same for a chunk that begins at that position, counted from 1, and ends where it will. */
    MsrpRequest request(String transactionId, long position) {
        ByteRange open = new ByteRange(position, ByteRange.UNKNOWN, range.total());
        MsrpHeaders headers = request.headers().with(MsrpHeaders.BYTE_RANGE, open.toString());
        return new MsrpRequest(transactionId, request.method(), passage.toPath(), passage.fromPath(), headers);
    }

    /** Who waits for the response of the next hop to that part, or null when nobody does. */
    Transactions.Waiting watch(ByteRange part) {
        if (isReport() || isSend() && failureReport == FailureReport.NO) {
            return null;
        }
        return isSend() ? new ChunkWatch(part) : new ResponseWatch();
    }

    /** From any thread: it did not get through. A REPORT tells so, once, and not before the SEND itself was answered. */
    void failed(int status, String comment, ByteRange part) {
        from.execute(() -> failedHere(status, comment, part));
    }

    private void failedHere(int status, String comment, ByteRange part) {
        if (failure != null) {
            return;
        }
        failure = new Failure(status, comment, part);
        if (answered) {
            tell();
        }
    }

    private void tell() {
        String messageId = request.headers().get(MsrpHeaders.MESSAGE_ID);
        if (isReport() || failureReport == FailureReport.NO) {
            return;
        }
        if (isSend()) {
            from.writer()
                    .report(route, route.replyFrom, messageId, failure.part(), failure.status(), failure.comment());
        } else {
            from.writer().respond(request.transactionId(), route, failure.status(), failure.comment());
        }
    }

    private boolean isSend() {
        return request.method().equals(MsrpRequest.SEND);
    }

    private boolean isReport() {
        return request.method().equals(MsrpRequest.REPORT);
    }

    /** One chunk on its way to the next hop. */
    private final class ChunkWatch implements Transactions.Waiting {
        private final ByteRange part;

        ChunkWatch(ByteRange part) {
            this.part = part;
            if (failureReport == FailureReport.YES) {
                passage.lane().waits();
            }
        }

        @Override
        public void answered(int status, String comment) {
            waitsNoMore();
            if (status / 100 != 2) {
                failed(status, comment, part);
            }
        }

        /** Silence is a failure only where an answer was asked for (RFC 4975 §7.1.1). */
        @Override
        public void timedOut() {
            waitsNoMore();
            if (failureReport == FailureReport.YES) {
                failed(408, "No response", part);
            }
        }

        @Override
        public void lost() {
            waitsNoMore();
            failed(408, "Next hop lost", part);
        }

        private void waitsNoMore() {
            if (failureReport == FailureReport.YES) {
                passage.lane().waitsNoMore();
            }
        }
    }

    /** Another request than SEND: its response, if there is one, goes the whole way back (RFC 4976 §6.3). */
    private final class ResponseWatch implements Transactions.Waiting {
        @Override
        public void answered(MsrpResponse response) {
            MsrpResponse back = new MsrpResponse(
                    request.transactionId(),
                    response.status(),
                    response.comment(),
                    route.fromPath,
                    route.replyFrom + ' ' + response.fromPath(),
                    response.headers());
            from.execute(() -> from.writer().respond(back));
        }

        @Override
        public void answered(int status, String comment) {
            failed(status, comment, range);
        }

        /** Nobody knows whether there is a response to that method. */
        @Override
        public void timedOut() {}

        @Override
        public void lost() {
            failed(408, "Next hop lost", range);
        }
    }
}
