package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpRequest;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One SEND of a session while it comes in: its content goes to the message's sink, and at its end it is answered. */
final class IncomingChunk implements FrameReceiver {
    private final MsrpConnection connection;
    private final Inbox inbox;
    private final MsrpRequest request;
    private final Route route;
    private final String messageId;
    private final ByteRange range;
    private long position;
    /** Null until it is sure that the SEND has content. */
    private Assembly assembly;

    private boolean answered;

    IncomingChunk(MsrpConnection connection, Inbox inbox, MsrpRequest request, Route route, ByteRange range) {
        this.connection = connection;
        this.inbox = inbox;
        this.request = request;
        this.route = route;
        this.messageId = request.headers().get(MsrpHeaders.MESSAGE_ID);
        this.range = range;
        this.position = range.start() - 1;
    }

    @Override
    public void piece(ByteBuf content) {
        assemble();
        long start = position;
        position += content.readableBytes();
        boolean tooLong = position - (range.start() - 1) > inbox.limits().maxChunkLength();
        if (tooLong || position > inbox.limits().maxMessageLength()) {
            assembly.refuse(new MsrpRefusal(413, tooLong ? "Chunk too large" : "Message too large"));
        }
        if (!assembly.isOpen()) {
            content.release();
            if (tooLong || isUnwanted()) {
                answerEarly();
            }
            return;
        }
        long end = position;
        connection.pauseUntil(write(start, content.nioBuffer().asReadOnlyBuffer()), failure -> {
            content.release();
            if (failure == null) {
                received(start, end);
            } else if (assembly.isOpen()) {
                assembly.refuse(inbox.refusal(messageId, failure));
            }
        });
    }

    private void assemble() {
        if (assembly == null) {
            assembly = inbox.assembly(request, messageId, range);
        }
    }

    private CompletionStage<Void> write(long start, ByteBuffer bytes) {
        try {
            return assembly.sink.write(start, bytes);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void received(long start, long end) {
        assembly.received(start, end);
        if (assembly.isOpen() && assembly.gaps() > inbox.limits().maxOpenMessages()) {
            assembly.refuse(new MsrpRefusal(413, "Too many gaps"));
        }
    }

    private boolean isUnwanted() {
        return assembly.refusal() != null && assembly.refusal().status() == 413;
    }

    /** A chunk may be of any length: its sender is told at once that the rest is not wanted. */
    private void answerEarly() {
        if (!answered) {
            answer(assembly.refusal());
            connection.answeredEarly();
        }
    }

    @Override
    public void end(Continuation continuation) {
        boolean empty = assembly == null
                && request.headers().get(MsrpHeaders.CONTENT_TYPE) == null
                && inbox.find(messageId) == null;
        if (continuation == Continuation.ABORTED) {
            abort();
        } else if (empty) {
            answer(null);
        } else {
            assemble();
            if (continuation == Continuation.COMPLETE) {
                assembly.endsAt(position);
            }
            if (assembly.isWhole()) {
                complete();
            } else {
                endPart(continuation);
            }
        }
    }

    /** {@code #}: what came of the message is dropped (RFC 4975 §7.1). */
    private void abort() {
        Assembly aborted = assembly != null ? assembly : inbox.find(messageId);
        if (aborted != null) {
            aborted.abort("aborted by its sender");
            inbox.forget(aborted);
        }
        answer(null);
    }

    private void complete() {
        inbox.forget(assembly);
        assembly.complete();
        connection.whenAnswerable(completion(), failure -> {
            if (failure != null) {
                answer(inbox.refusal(messageId, failure));
            } else {
                answer(null);
                if (assembly.wantsSuccessReport()) {
                    connection
                            .writer()
                            .report(route, route.toPath, messageId, ByteRange.whole(assembly.length()), 200, "OK");
                }
            }
        });
    }

    private CompletionStage<Void> completion() {
        try {
            return assembly.sink.complete(assembly.length());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Chunks may come out of order, so that after the one with {@code $} others may follow. */
    private void endPart(Continuation continuation) {
        if (!assembly.isOpen() && continuation == Continuation.COMPLETE) {
            inbox.forget(assembly);
        }
        answer(assembly.refusal());
    }

    /** Failure-Report says whether a response is wanted (RFC 4975 §7.1.1). */
    private void answer(MsrpRefusal refusal) {
        String failureReport = request.headers().get(MsrpHeaders.FAILURE_REPORT);
        boolean never = "no".equalsIgnoreCase(failureReport);
        boolean onlyErrors = "partial".equalsIgnoreCase(failureReport);
        if (!answered && !never && (refusal != null || !onlyErrors)) {
            if (refusal == null) {
                connection.writer().respond(request.transactionId(), route, 200, "OK");
            } else {
                connection.writer().respond(request.transactionId(), route, refusal.status(), refusal.getMessage());
            }
        }
        answered = true;
    }
}
