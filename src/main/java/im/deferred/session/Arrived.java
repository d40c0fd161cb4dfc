package im.deferred.session;

import im.deferred.message.Body;
import im.deferred.message.Header;
import im.deferred.message.SendHead;
import im.deferred.message.Spool;
import im.deferred.msrp.IncomingMessage;
import im.deferred.msrp.MsrpContent;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.OutgoingMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * A message that came whole in a session. Whoever has it closes it; then it is gone.
 *
 * @param head as its first chunk had it
 */
record Arrived(IncomingMessage head, Spool spool, Body body) implements AutoCloseable {

    /** Written anew on each hop (RFC 4975 §7.1). */
    private static final Set<String> OF_THE_HOP =
            Set.of("message-id", "byte-range", "success-report", "failure-report", "content-type", "status");

    /** Its type without parameters. */
    static String mediaType(IncomingMessage head) {
        return head.contentType().split(";", 2)[0].strip();
    }

    /** The same message in another session: its confirmation is what its sender waits for. */
    OutgoingMessage onward(Executor reader) {
        Map<String, String> headers = new LinkedHashMap<>();
        head.headers().forEach((name, value) -> {
            if (!OF_THE_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                headers.merge(name, value, (first, next) -> first + ", " + next);
            }
        });
        return new OutgoingMessage(head.messageId(), head.contentType(), headers, new Content(body, reader), false);
    }

    /** Its head as the store keeps it. */
    SendHead send(List<MsrpUri> toPath, List<MsrpUri> fromPath) {
        List<Header> headers = new ArrayList<>();
        head.headers().forEach((name, value) -> headers.add(new Header(name, value)));
        return new SendHead(
                MsrpUri.formatPath(toPath),
                MsrpUri.formatPath(fromPath),
                head.messageId(),
                head.contentType(),
                headers);
    }

    @Override
    public void close() {
        spool.close();
    }

    private record Content(Body body, Executor reader) implements MsrpContent {

        @Override
        public long length() {
            return body.length();
        }

        @Override
        public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
            return CompletableFuture.supplyAsync(() -> ByteBuffer.wrap(body.read(offset, maxLength)), reader);
        }
    }
}
