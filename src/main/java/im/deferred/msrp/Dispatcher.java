package im.deferred.msrp;

import im.deferred.msrp.frame.ByteRange;
import im.deferred.msrp.frame.Continuation;
import im.deferred.msrp.frame.MalformedFrame;
import im.deferred.msrp.frame.MsrpHeaders;
import im.deferred.msrp.frame.MsrpPiece;
import im.deferred.msrp.frame.MsrpRequest;
import im.deferred.msrp.frame.MsrpResponse;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds for each frame that comes on a connection who takes it, or how it is refused (RFC 4975 §7.3, §10). */
final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    /** Characters of a log line about a request. */
    private static final int MOST_WORDS = 200;

    private final MsrpConnection connection;
    private final MsrpEndpoint endpoint;
    private final Discard discard = new Discard();
    private Route route;
    private FrameReceiver receiver = discard;
    private boolean faultTold;

    Dispatcher(MsrpConnection connection, MsrpEndpoint endpoint) {
        this.connection = connection;
        this.endpoint = endpoint;
    }

    /** The connection is over. */
    void lost() {
        FrameReceiver unfinished = receiver;
        receiver = discard;
        unfinished.lost();
    }

    /** One part of a frame, in the order in which they came. */
    void take(Object frame) {
        if (frame instanceof MsrpPiece piece) {
            receiver.piece(piece.content());
        } else if (frame instanceof Continuation end) {
            FrameReceiver ended = receiver;
            receiver = discard;
            ended.end(end);
        } else if (frame instanceof MsrpResponse response) {
            receiver = discard;
            connection.writer().answered(response);
        } else if (frame instanceof MsrpRequest request) {
            receiver = receiverOf(request);
        } else if (frame instanceof MalformedFrame malformed) {
            refuse(malformed);
        } else {
            ReferenceCountUtil.release(frame);
        }
    }

    private FrameReceiver receiverOf(MsrpRequest request) {
        try {
            if (route == null || !route.isOf(request)) {
                route = new Route(request.toPath(), request.fromPath());
            }
        } catch (IllegalArgumentException e) {
            fault("request dropped: " + e.getMessage());
            return discard;
        }
        FrameReceiver relayed =
                endpoint.relay() == null ? null : endpoint.relay().receiverOf(this, request, route);
        if (relayed != null) {
            return relayed;
        }
        return switch (request.method()) {
            case MsrpRequest.SEND -> send(request);
            case MsrpRequest.REPORT -> report(request);
            default -> refuse(request, route, 501, "Unknown method");
        };
    }

    private FrameReceiver send(MsrpRequest request) {
        MsrpSession session = endpoint.session(route);
        if (session == null) {
            return early(request);
        }
        if (!session.bind(connection)) {
            return refuse(request, route, 506, "Session is on another connection");
        }
        String value = request.headers().get(MsrpHeaders.BYTE_RANGE);
        try {
            ByteRange range = value == null ? ByteRange.DEFAULT : ByteRange.parse(value);
            if (request.headers().get(MsrpHeaders.MESSAGE_ID) == null) {
                throw new IllegalArgumentException("no Message-ID");
            }
            return new IncomingChunk(connection, session.inbox(), request, route, range);
        } catch (IllegalArgumentException e) {
            fault("SEND refused: " + e.getMessage());
            return refuse(request, route, 400, "Bad request");
        }
    }

    /** The peer may be quicker than its answer to our offer: then it waits, and is looked at again. */
    private FrameReceiver early(MsrpRequest request) {
        CompletionStage<Void> offered = endpoint.offered(route);
        if (offered == null && endpoint.session(route) == null) {
            return refuse(request, route, 481, "No such session");
        }
        if (offered == null) {
            return send(request);
        }
        return after(offered, failure -> receiverOf(request));
    }

    /** Takes nothing more until that stage is complete; then it is known who takes the request. */
    FrameReceiver after(CompletionStage<Void> stage, Function<Throwable, FrameReceiver> then) {
        receiver = discard;
        connection.pauseUntil(stage, failure -> receiver = then.apply(failure));
        return receiver;
    }

    /** A REPORT is never answered, whatever is wrong with it (RFC 4975 §7.1.2). */
    FrameReceiver refuse(MsrpRequest request, Route from, int status, String comment) {
        return request.method().equals(MsrpRequest.REPORT) ? discard : new Refusal(request, from, status, comment);
    }

    /** What is wrong with a request is told once on a connection, and in few words: its peer may send such a one without end. */
    void fault(String what) {
        if (!faultTold) {
            faultTold = true;
            String words = what.length() <= MOST_WORDS ? what : what.substring(0, MOST_WORDS) + "…";
            LOG.warn("MSRP connection {}: {}; more of that will not be told", connection, words);
        }
    }

    MsrpConnection connection() {
        return connection;
    }

    /** A REPORT is never answered, whatever is wrong with it (RFC 4975 §7.1.2). */
    private FrameReceiver report(MsrpRequest request) {
        MsrpSession session = endpoint.reported(route);
        if (session != null && session.isOn(connection)) {
            session.report(request);
        }
        return discard;
    }

    private void refuse(MalformedFrame malformed) {
        receiver = discard;
        refuse(malformed, 400, "Bad request");
        if (malformed.last()) {
            connection.cut(malformed.reason());
        } else {
            fault("malformed frame: " + malformed.reason());
        }
    }

    /** Answers a frame without a receiver, if one knows whom to answer. */
    void refuse(MalformedFrame malformed, int status, String comment) {
        if (malformed.answerable() && malformed.toPath() != null && malformed.fromPath() != null) {
            try {
                Route back = new Route(malformed.toPath(), malformed.fromPath());
                connection.writer().respond(malformed.transactionId(), back, status, comment);
            } catch (IllegalArgumentException e) {
                LOG.debug("MSRP connection {}: nobody to answer to", connection, e);
            }
        }
    }

    /** For frames that are not wanted. */
    private static final class Discard implements FrameReceiver {
        @Override
        public void piece(ByteBuf content) {
            content.release();
        }

        @Override
        public void end(Continuation continuation) {
            // nothing to do: there was nobody to answer
        }
    }

    /** For a request that is answered with a failure at its end. */
    private final class Refusal implements FrameReceiver {
        private final MsrpRequest request;
        private final Route from;
        private final int status;
        private final String comment;

        Refusal(MsrpRequest request, Route from, int status, String comment) {
            this.request = request;
            this.from = from;
            this.status = status;
            this.comment = comment;
        }

        @Override
        public void piece(ByteBuf content) {
            content.release();
        }

        @Override
        public void end(Continuation continuation) {
            if (!"no".equalsIgnoreCase(request.headers().get(MsrpHeaders.FAILURE_REPORT))) {
                connection.writer().respond(request.transactionId(), from, status, comment);
            }
        }
    }
}
