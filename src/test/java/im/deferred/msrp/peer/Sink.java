package im.deferred.msrp.peer;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Takes the messages that come on one connection, whatever their session: answers each SEND with 200 and counts. */
public final class Sink extends Peer {
    private long messages;
    private long octets;
    /** What other threads see: written when all that was read is counted. */
    private volatile Count count = new Count(0, 0);

    /**
     * What has come.
     *
     * @param messages with content, whose last chunk came
     * @param octets of content, of messages that are not whole too
     */
    public record Count(long messages, long octets) {}

    /** @param channel connected, in blocking mode */
    public Sink(SocketChannel channel) throws IOException {
        super(channel);
    }

    /** This end has connected: binds the session of that To-Path. */
    public void bind(String toPath, String fromPath) throws IOException {
        write(emptySend("bind0001", toPath, fromPath));
        flush();
    }

    /** Takes what comes until the peer closes. */
    public void serve() throws IOException {
        while (in.read(channel)) {
            while (in.next()) {
                take();
            }
            count = new Count(messages, octets);
            flush();
        }
    }

    private void take() throws IOException {
        if (in.isSend()) {
            answerOk();
            octets += in.bodyLength();
            if (in.hasBody() && in.flag() == '$') {
                messages++;
                if ("yes".equals(in.header("Success-Report"))) {
                    report();
                }
            }
        } else if (in.status() >= 300) {
            throw new IOException("answered " + in.startLineRest());
        }
    }

    /** Tells along the whole path back that the message is whole (RFC 4975 §7.1.2). */
    private void report() throws IOException {
        String range = in.header("Byte-Range");
        String total = range.substring(range.indexOf('/') + 1);
        String id = String.format("report%08x", messages);
        write("MSRP " + id + " REPORT\r\nTo-Path: " + in.header("From-Path") + "\r\nFrom-Path: "
                + in.header("To-Path") + "\r\nMessage-ID: " + in.header("Message-ID") + "\r\nByte-Range: 1-" + total
                + "/" + total + "\r\nStatus: 000 200 OK\r\n-------" + id + "$\r\n");
    }

    /** What has come so far; may be asked by any thread. */
    public Count count() {
        return count;
    }
}
