package im.deferred.lab;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;

/**
 * A plain socket from any loopback address, for what no proper client would send: each text goes out as given, and what
 * comes back is returned as it came. From another address than the core's, it is a sender whom the server does not trust.
 */
public final class RawClient implements AutoCloseable {

    private static final int DATAGRAM_MAX = 65_535;

    private final InetSocketAddress remote;
    private final DatagramSocket datagrams;
    private final Socket stream;

    /** Opens the socket at the local host and a free port; over TCP it is connected. */
    public RawClient(Transport transport, String localHost, InetSocketAddress remote) {
        this.remote = remote;
        try {
            InetSocketAddress local = new InetSocketAddress(localHost, 0);
            if (transport == Transport.UDP) {
                datagrams = new DatagramSocket(local);
                stream = null;
            } else {
                datagrams = null;
                stream = new Socket();
                stream.setTcpNoDelay(true);
                stream.bind(local);
                stream.connect(remote);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Host and port of this end, to be written into a Via. */
    public String hostPort() {
        InetSocketAddress local = (InetSocketAddress)
                (stream == null ? datagrams.getLocalSocketAddress() : stream.getLocalSocketAddress());
        return local.getAddress().getHostAddress() + ":" + local.getPort();
    }

    /** Sends the text as UTF-8; its line ends may be bare LF, they go out as CRLF. */
    public RawClient send(String text) {
        return send(text.replace("\r\n", "\n").replace("\n", "\r\n").getBytes(UTF_8));
    }

    /** Sends the bytes as they are. */
    public RawClient send(byte[] bytes) {
        try {
            if (stream == null) {
                datagrams.send(new DatagramPacket(bytes, bytes.length, remote));
            } else {
                stream.getOutputStream().write(bytes);
                stream.getOutputStream().flush();
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next SIP message that comes within the limit. */
    public SipMessage awaitSip(Duration limit) {
        if (stream == null) {
            return SipMessage.parse(awaitDatagram(limit));
        }
        long end = System.nanoTime() + limit.toNanos();
        String head = awaitUntil("\r\n\r\n", end);
        int length = head.lines()
                .filter(line -> line.matches("(?i)(content-length|l)\\s*:.*"))
                .mapToInt(line ->
                        Integer.parseInt(line.substring(line.indexOf(':') + 1).strip()))
                .findFirst()
                .orElse(0);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(head.getBytes(ISO_8859_1));
        for (int i = 0; i < length; i++) {
            message.write(readByte(end));
        }
        return SipMessage.parse(message.toByteArray());
    }

    /** The next final answer; a container may send 100 before it (RFC 3261 §17.2.1). */
    public SipMessage awaitFinal(Duration limit) {
        SipMessage answer = awaitSip(limit);
        while (answer.status() < 200) {
            answer = awaitSip(limit);
        }
        return answer;
    }

    /** The next MSRP frame that comes within the limit, as text. */
    public String awaitMsrp(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        String start = awaitUntil("\r\n", end);
        String rest = awaitUntil("-------" + start.split(" ")[1].strip(), end);
        return start + rest + awaitUntil("\r\n", end);
    }

    /** Waits until the other end closes the connection; what comes before is dropped. */
    public void awaitClosed(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        try {
            int next = 0;
            while (next >= 0) {
                next = nextByte(end);
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection was still open after " + limit, e);
        } catch (IOException e) {
            return; // reset: closed too
        }
    }

    private byte[] awaitDatagram(Duration limit) {
        try {
            DatagramPacket packet = new DatagramPacket(new byte[DATAGRAM_MAX], DATAGRAM_MAX);
            datagrams.setSoTimeout(Math.max(1, (int) limit.toMillis()));
            datagrams.receive(packet);
            return Arrays.copyOf(packet.getData(), packet.getLength());
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no answer from " + remote + " within " + limit, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String awaitUntil(String wanted, long end) {
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith(wanted)) {
            text.append((char) readByte(end));
        }
        return text.toString();
    }

    private int readByte(long end) {
        try {
            int next = nextByte(end);
            if (next < 0) {
                throw new AssertionError(remote + " closed the connection");
            }
            return next;
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no whole answer from " + remote, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int nextByte(long end) throws IOException {
        long left = (end - System.nanoTime()) / 1_000_000;
        stream.setSoTimeout((int) Math.max(1, left));
        return stream.getInputStream().read();
    }

    @Override
    public void close() {
        try {
            if (stream == null) {
                datagrams.close();
            } else {
                stream.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
