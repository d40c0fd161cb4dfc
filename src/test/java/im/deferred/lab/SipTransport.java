package im.deferred.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** SIP over UDP and TCP on one port (RFC 3261 §18): bytes to messages and back, and where responses go. */
final class SipTransport implements AutoCloseable, TcpLink.Owner {

    private static final int BUFFER_SIZE = 4 << 20;
    private static final int DATAGRAM_MAX = 65_535;
    private static final int BIND_ATTEMPTS = 20;

    /** Who takes what comes. */
    interface Receiver {

        /** A message came; {@code reply} is where a response to it goes. */
        void received(SipMessage message, Hop reply);

        /** Nothing more can be sent to the hop; what was sent may be lost. */
        void unreachable(Hop hop);
    }

    private final Loop loop;
    private final Trace trace;
    private final String name;
    private final Receiver receiver;
    private final ServerSocketChannel server;
    private final DatagramChannel datagrams;
    private final InetSocketAddress address;
    private final Map<InetSocketAddress, TcpLink> links = new HashMap<>();
    /** Connections come from any port: by what their peer calls itself in its Via. */
    private final Map<InetSocketAddress, InetSocketAddress> sentBy = new HashMap<>();

    /** Binds both sockets, port 0 for a free one; {@link UncheckedIOException} says which port is busy. */
    SipTransport(Loop loop, Trace trace, String name, InetSocketAddress bind, Receiver receiver) {
        this.loop = loop;
        this.trace = trace;
        this.name = name;
        this.receiver = receiver;
        try {
            ServerSocketChannel boundServer = null;
            DatagramChannel boundDatagrams = null;
            for (int attempt = 1; boundDatagrams == null; attempt++) {
                boundServer = TcpLink.listen(bind);
                boundDatagrams = datagrams((InetSocketAddress) boundServer.getLocalAddress(), bind, attempt);
                if (boundDatagrams == null) {
                    boundServer.close();
                }
            }
            server = boundServer;
            datagrams = boundDatagrams;
            address = (InetSocketAddress) server.getLocalAddress();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    name + " cannot use " + bind.getHostString() + ":" + bind.getPort() + ": " + e.getMessage(), e);
        }
        trace.name(address, name);
        loop.execute(() -> {
            TcpLink.accept(loop, server, this, link -> links.put(link.remote(), link));
            loop.register(datagrams, SelectionKey.OP_READ, ignored -> readDatagrams());
        });
    }

    /** The datagram socket at the same port; null when a free port of TCP is busy for UDP and another may be tried. */
    private static DatagramChannel datagrams(InetSocketAddress address, InetSocketAddress wanted, int attempt)
            throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        try {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER_SIZE);
            channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER_SIZE);
            return channel.bind(address);
        } catch (BindException e) {
            channel.close();
            if (wanted.getPort() != 0 || attempt == BIND_ATTEMPTS) {
                throw e;
            }
            return null;
        }
    }

    InetSocketAddress address() {
        return address;
    }

    /** Host and port as they stand in a URI. */
    String hostPort() {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    void send(SipMessage message, Hop hop) {
        if (!server.isOpen()) {
            return; // the device is gone: what its timers would send again is lost, as its network would lose it
        }
        trace.sent(name, trace.nameOf(peer(hop.address())), message);
        try {
            if (hop.transport() == Transport.UDP) {
                datagrams.send(ByteBuffer.wrap(message.toBytes()), hop.address());
            } else {
                link(hop).write(message.toBytes());
            }
        } catch (IOException e) {
            trace.problem(name + " cannot send to " + trace.nameOf(hop.address()) + ": " + e.getMessage());
            receiver.unreachable(hop);
        }
    }

    private TcpLink link(Hop hop) throws IOException {
        TcpLink link = links.get(hop.address());
        if (link == null || !link.isOpen()) {
            // A response whose connection is gone goes to where the peer listens (RFC 3261 §18.2.2).
            InetSocketAddress target = peer(hop.address());
            link = TcpLink.connect(loop, address.getAddress(), target, this);
            links.put(target, link);
        }
        return link;
    }

    private InetSocketAddress peer(InetSocketAddress source) {
        return sentBy.getOrDefault(source, source);
    }

    private void readDatagrams() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(DATAGRAM_MAX);
        InetSocketAddress source = (InetSocketAddress) datagrams.receive(buffer);
        while (source != null) {
            buffer.flip();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            if (bytes.length > 4) { // shorter ones are keep-alives
                parse(bytes, Transport.UDP, source);
            }
            buffer.clear();
            source = (InetSocketAddress) datagrams.receive(buffer);
        }
    }

    @Override
    public void received(TcpLink link, ByteQueue bytes) {
        try {
            takeMessages(link, bytes);
        } catch (IllegalArgumentException e) {
            trace.problem(name + " cannot frame SIP from " + trace.nameOf(link.remote()) + ": " + e.getMessage());
            link.close();
            closed(link);
        }
    }

    private void takeMessages(TcpLink link, ByteQueue bytes) {
        for (Optional<byte[]> next = SipFramer.next(bytes); next.isPresent(); next = SipFramer.next(bytes)) {
            parse(next.get(), Transport.TCP, link.remote());
        }
    }

    private void parse(byte[] bytes, Transport transport, InetSocketAddress source) {
        SipMessage message;
        Hop reply;
        try {
            message = SipMessage.parse(bytes);
            reply = new Hop(transport, source);
            if (message.isRequest()) {
                Via via = message.topVia();
                Optional<InetSocketAddress> claimed = via.address();
                if (transport == Transport.TCP || claimed.filter(trace::isNamed).isPresent()) {
                    claimed.ifPresent(address -> sentBy.put(source, address));
                }
                message = message.pop("Via").push("Via", stamped(via, source).toString());
                if (transport == Transport.UDP && !via.parameters().containsKey("rport")) {
                    int port = claimed.map(InetSocketAddress::getPort).orElse(source.getPort());
                    reply = new Hop(transport, new InetSocketAddress(source.getAddress(), port));
                }
            }
        } catch (IllegalArgumentException e) {
            trace.problem(name + " got no SIP message from " + trace.nameOf(source) + ": " + e.getMessage());
            return;
        }
        trace.received(name, trace.nameOf(peer(source)), message);
        receiver.received(message, reply);
    }

    /** RFC 3261 §18.2.1 and RFC 3581 §4: what the sender could not know of itself. */
    private static Via stamped(Via via, InetSocketAddress source) {
        Via stamped = via;
        if (!via.address().map(InetSocketAddress::getAddress).equals(Optional.of(source.getAddress()))) {
            stamped = stamped.with("received", source.getAddress().getHostAddress());
        }
        return via.parameters().containsKey("rport")
                ? stamped.with("rport", Integer.toString(source.getPort()))
                : stamped;
    }

    @Override
    public void closed(TcpLink link) {
        links.remove(link.remote(), link);
        receiver.unreachable(new Hop(Transport.TCP, link.remote()));
    }

    @Override
    public void close() {
        trace.forget(address, name);
        loop.run(() -> {
            try {
                server.close();
                datagrams.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            links.values().forEach(TcpLink::close);
        });
    }
}
