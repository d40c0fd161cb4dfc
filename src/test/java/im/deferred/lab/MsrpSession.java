package im.deferred.lab;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** One MSRP session, bound to the connection on which it is first used. On the loop's thread only. */
final class MsrpSession {

    /** RFC 4975 §5.1: what is larger must give way to others. */
    private static final int UNINTERRUPTED = 2048;

    /** Who takes what comes in the session. */
    interface Handler {

        /** A SEND came; the handler answers it, now or later. */
        void requested(MsrpSession session, MsrpFrame request);

        /** The connection has ended; the session with it. */
        void broken(MsrpSession session);
    }

    private final MsrpClient client;
    private final MsrpUri local;
    private final List<MsrpUri> remote;
    private final String peer;
    private final Handler handler;
    private final Map<String, IntConsumer> open = new HashMap<>();
    private final Map<String, MsrpSent> sent = new HashMap<>();
    private TcpLink link;

    MsrpSession(MsrpClient client, MsrpUri local, List<MsrpUri> remote, String peer, Handler handler) {
        this.client = client;
        this.local = local;
        this.remote = remote;
        this.peer = peer;
        this.handler = handler;
    }

    MsrpUri local() {
        return local;
    }

    String peer() {
        return peer;
    }

    TcpLink link() {
        return link;
    }

    boolean isBoundElsewhere(TcpLink other) {
        return link != null && link != other;
    }

    boolean isBetween(String toPath, String fromPath) {
        List<MsrpUri> to = MsrpUri.path(toPath);
        List<MsrpUri> from = MsrpUri.path(fromPath);
        boolean samePath = from.size() == remote.size();
        for (int i = 0; samePath && i < from.size(); i++) {
            samePath = from.get(i).means(remote.get(i));
        }
        return samePath && to.size() == 1 && to.get(0).means(local);
    }

    /** Connects as the active end, and sends at once, so that the other end can bind the session (RFC 4975 §5.4). */
    void connect() throws IOException {
        link = client.connect(remote.get(0));
        request(send("empty-" + Tokens.fresh(12)).add("Byte-Range", "1-0/0"), ignored -> {});
    }

    private MsrpFrame send(String messageId) {
        StringBuilder toPath = new StringBuilder();
        remote.forEach(uri -> toPath.append(toPath.isEmpty() ? "" : " ").append(uri));
        return MsrpFrame.request("SEND", toPath.toString(), local.toString()).add("Message-ID", messageId);
    }

    /** Sends a message, in chunks of at most so many octets; {@code done} gets the status of each chunk. */
    void send(String messageId, Headers headers, String type, byte[] body, int chunkSize, IntConsumer done) {
        for (int start = 0; start == 0 || start < body.length; start += chunkSize) {
            int end = Math.min(body.length, start + chunkSize);
            long said = end - start > UNINTERRUPTED ? -1 : end;
            MsrpFrame frame =
                    send(messageId).add("Byte-Range", new ByteRange(start + 1L, said, body.length).toString());
            for (Header header : headers.list()) {
                frame = frame.add(header.name(), header.value());
            }
            request(frame.withBody(type, Arrays.copyOfRange(body, start, end), end == body.length ? '$' : '+'), done);
        }
    }

    /** The same for a caller who wants to know what comes back; {@code headers} are names and values in turn. */
    MsrpSent send(
            String messageId, String type, byte[] body, int chunkSize, Supplier<String> context, String... headers) {
        Headers more = Headers.NONE;
        for (int i = 0; i < headers.length; i += 2) {
            more = more.add(headers[i], headers[i + 1]);
        }
        MsrpSent message = new MsrpSent(messageId, Math.max(1, (body.length + chunkSize - 1) / chunkSize), context);
        sent.put(messageId, message);
        send(messageId, more, type, body, chunkSize, message.statuses()::add);
        return message;
    }

    /** Sends a first chunk after which more should follow. */
    void sendBeginning(String messageId, String type, byte[] body) {
        request(send(messageId).add("Byte-Range", "1-*/" + 2L * body.length).withBody(type, body, '+'), ignored -> {});
    }

    private void request(MsrpFrame frame, IntConsumer done) {
        open.put(frame.transaction(), done);
        client.write(link, peer, frame);
    }

    void answered(MsrpFrame response) {
        IntConsumer done = open.remove(response.transaction());
        if (done != null) {
            done.accept(response.status());
        }
    }

    void requested(TcpLink on, MsrpFrame request) {
        link = on;
        if (!request.method().equals("REPORT")) {
            handler.requested(this, request);
        } else if (sent.containsKey(request.need("Message-ID"))) {
            sent.get(request.need("Message-ID")).reports().add(request);
        }
    }

    void respond(MsrpFrame request, int status, String comment) {
        client.write(link, peer, request.response(status, comment));
    }

    /** Tells the sender that the whole message has come (RFC 4975 §7.1.2). */
    void reportSuccess(MsrpFrame request, long size) {
        client.write(
                link,
                peer,
                MsrpFrame.request("REPORT", request.need("From-Path"), request.need("To-Path"))
                        .add("Message-ID", request.need("Message-ID"))
                        .add("Byte-Range", new ByteRange(1, size, size).toString())
                        .add("Status", "000 200 OK"));
    }

    void broken() {
        handler.broken(this);
    }

    void cut() {
        client.cut(link);
    }

    void close() {
        client.close(this);
    }
}
