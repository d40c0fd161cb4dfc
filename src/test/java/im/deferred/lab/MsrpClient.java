package im.deferred.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One user's MSRP end (RFC 4975): its listening socket, its connections, and the sessions on them. */
final class MsrpClient implements AutoCloseable, TcpLink.Owner {

    private final Loop loop;
    private final Trace trace;
    private final String name;
    private final ServerSocketChannel server;
    private final InetSocketAddress address;
    private final Map<String, MsrpSession> sessions = new HashMap<>();
    private final Map<TcpLink, MsrpFramer> links = new HashMap<>();

    MsrpClient(Loop loop, Trace trace, String name, InetAddress host) {
        this.loop = loop;
        this.trace = trace;
        this.name = name;
        try {
            server = TcpLink.listen(new InetSocketAddress(host, 0));
            address = (InetSocketAddress) server.getLocalAddress();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        loop.execute(() -> TcpLink.accept(loop, server, this, link -> links.put(link, new MsrpFramer())));
    }

    /** A new URI of this end, with a session id that nobody can guess. */
    MsrpUri freshUri() {
        return new MsrpUri(false, address.getAddress().getHostAddress(), address.getPort(), Tokens.fresh(20));
    }

    /** Opens a session between the two paths; {@code peer} is the other end's name in the trace. */
    MsrpSession open(MsrpUri local, List<MsrpUri> remote, String peer, MsrpSession.Handler handler) {
        MsrpSession session = new MsrpSession(this, local, remote, peer, handler);
        sessions.put(local.session(), session);
        return session;
    }

    TcpLink connect(MsrpUri target) throws IOException {
        InetSocketAddress remote = target.address().orElseThrow(() -> new IOException("no address in " + target));
        TcpLink link = TcpLink.connect(loop, address.getAddress(), remote, this);
        links.put(link, new MsrpFramer());
        return link;
    }

    void write(TcpLink link, String peer, MsrpFrame frame) {
        trace.sent(name, peer, frame);
        link.write(frame.toBytes());
    }

    @Override
    public void received(TcpLink link, ByteQueue bytes) {
        MsrpFramer framer = links.get(link);
        try {
            Optional<MsrpFrame> frame = framer.next(bytes);
            while (frame.isPresent() && link.isOpen()) {
                received(link, frame.get());
                frame = framer.next(bytes);
            }
        } catch (IllegalArgumentException e) {
            trace.problem(name + " got no MSRP from " + trace.nameOf(link.remote()) + ": " + e.getMessage());
            link.close();
            closed(link);
        }
    }

    private void received(TcpLink link, MsrpFrame frame) {
        MsrpUri to = MsrpUri.path(frame.need("To-Path")).get(0);
        MsrpSession session = sessions.get(to.session());
        String peer = session == null ? trace.nameOf(link.remote()) : session.peer();
        trace.received(name, peer, frame);
        if (frame.status() != 0) {
            if (session != null) {
                session.answered(frame);
            }
            return;
        }
        frame.violations().forEach(broken -> trace.problem(peer + " sent " + name + " " + broken));
        int refusal = refusal(link, session, frame);
        if (refusal != 0) {
            trace.problem(name + " refused " + frame.startLine() + " with " + refusal);
            if (!frame.method().equals("REPORT")) {
                write(link, peer, frame.response(refusal, "Refused"));
            }
        } else {
            session.requested(link, frame);
        }
    }

    /** RFC 4975 §7.3: what makes a request unacceptable whatever it carries; 0 for nothing. */
    private static int refusal(TcpLink link, MsrpSession session, MsrpFrame request) {
        if (session == null || !session.isBetween(request.need("To-Path"), request.need("From-Path"))) {
            return 481;
        }
        if (session.isBoundElsewhere(link)) {
            return 506;
        }
        return request.method().equals("SEND") || request.method().equals("REPORT") ? 0 : 501;
    }

    /** Ends the session; its connection is closed when no other is on it (RFC 4975 §5.4). */
    void close(MsrpSession session) {
        sessions.remove(session.local().session());
        TcpLink link = session.link();
        if (link != null && sessions.values().stream().noneMatch(other -> other.link() == link)) {
            links.remove(link);
            link.close();
        }
    }

    /** Cuts the connection, with all that was written before still going out. */
    void cut(TcpLink link) {
        link.close();
        closed(link);
    }

    @Override
    public void closed(TcpLink link) {
        links.remove(link);
        List.copyOf(sessions.values()).stream()
                .filter(session -> session.link() == link)
                .forEach(session -> {
                    sessions.remove(session.local().session());
                    session.broken();
                });
    }

    @Override
    public void close() {
        loop.run(() -> {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            links.keySet().forEach(TcpLink::close);
        });
    }
}
