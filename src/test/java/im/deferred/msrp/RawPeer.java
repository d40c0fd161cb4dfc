package im.deferred.msrp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The other end of a connection, octet by octet: shares no code with what is tested. */
public final class RawPeer implements AutoCloseable {
    private static final Pattern HEADER = Pattern.compile("(?md)^([A-Za-z-]+): ([^\r]*)\r$");

    private final Socket socket;
    private final InputStream in;

    public RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(20_000);
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static RawPeer connect(InetSocketAddress address) throws IOException {
        return new RawPeer(new Socket(address.getAddress(), address.getPort()));
    }

    /** A frame as text in ISO 8859-1. */
    public record Frame(String text) {
        public String startLine() {
            return text.substring(0, text.indexOf("\r\n"));
        }

        public String id() {
            return startLine().split(" ")[1];
        }

        /** The end-line's flag. */
        public char flag() {
            return text.charAt(text.length() - 3);
        }

        public String header(String name) {
            Matcher headers = HEADER.matcher(head());
            while (headers.find()) {
                if (headers.group(1).equals(name)) {
                    return headers.group(2);
                }
            }
            return null;
        }

        public String head() {
            int empty = text.indexOf("\r\n\r\n");
            return empty < 0 ? text : text.substring(0, empty + 2);
        }

        public String body() {
            int empty = text.indexOf("\r\n\r\n");
            return empty < 0 ? null : text.substring(empty + 4, text.lastIndexOf("\r\n-------"));
        }

        /** A response to this request; the status with or without a reason phrase. */
        public String answer(String status) {
            return "MSRP " + id() + " " + status + "\r\nTo-Path: "
                    + header("From-Path").split(" ")[0] + "\r\nFrom-Path: "
                    + header("To-Path").split(" ")[0] + "\r\n-------" + id() + "$\r\n";
        }
    }

    public void write(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** The next frame; {@link EOFException} when the connection was closed instead. */
    public Frame read() throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        String endLine = null;
        String line;
        do {
            line = readLine(octets);
            if (endLine == null) {
                endLine = "-------" + line.split(" ")[1];
            }
        } while (!(line.length() == endLine.length() + 1 && line.startsWith(endLine)));
        return new Frame(octets.toString(StandardCharsets.ISO_8859_1));
    }

    private String readLine(ByteArrayOutputStream copy) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = in.read(); ; octet = in.read()) {
            if (octet < 0) {
                throw new EOFException();
            }
            copy.write(octet);
            if (octet == '\n') {
                return line.substring(0, line.length() - 1);
            }
            line.append((char) octet);
        }
    }

    /** The next frame up to the empty line after its head. */
    Frame readHead() throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        while (!readLine(octets).isEmpty()) {
            // one more header
        }
        return new Frame(octets.toString(StandardCharsets.ISO_8859_1));
    }

    /** Whether nothing comes within that time. */
    boolean isQuiet(Duration time) throws IOException {
        int usual = socket.getSoTimeout();
        socket.setSoTimeout((int) time.toMillis());
        in.mark(1);
        try {
            in.read();
            in.reset();
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } finally {
            socket.setSoTimeout(usual);
        }
    }

    /** Reads a request and answers it. */
    public Frame readAndAnswer(String status) throws IOException {
        Frame frame = read();
        write(frame.answer(status));
        return frame;
    }

    /** Whether the next thing that comes, within the time it waits, is the end of the connection. */
    public boolean isCut() {
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true; // reset, or ended by an alert of TLS
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
