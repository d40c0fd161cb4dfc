package im.deferred.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/** One TCP connection of the lab, under SIP or under MSRP. All of it runs on the loop's thread. */
final class TcpLink {

    private static final int READ_SIZE = 64 * 1024;
    private static final Duration LINGER = Duration.ofSeconds(10);

    /** Who is told what happens on a connection. */
    interface Owner {

        /** More came; the owner takes what is whole and leaves the rest. */
        void received(TcpLink link, ByteQueue bytes);

        /** The connection ended or never came to be; told once, not after the owner's own {@link #close()}. */
        void closed(TcpLink link);
    }

    private final Loop loop;
    private final SocketChannel channel;
    private final InetSocketAddress remote;
    private final Owner owner;
    private final SelectionKey key;
    private final ByteQueue received = new ByteQueue();
    private final Queue<ByteBuffer> unsent = new ArrayDeque<>();
    private boolean closing;

    private TcpLink(Loop loop, SocketChannel channel, InetSocketAddress remote, Owner owner) throws IOException {
        this.loop = loop;
        this.channel = channel;
        this.remote = remote;
        this.owner = owner;
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        key = loop.register(
                channel, channel.isConnected() ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, ignored -> ready());
    }

    /** Begins a connection from the local address (any free port). What is written meanwhile waits. */
    static TcpLink connect(Loop loop, InetAddress local, InetSocketAddress remote, Owner owner) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(local, 0));
            channel.connect(remote);
            return new TcpLink(loop, channel, remote, owner);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Takes connections at the channel, which is bound. */
    static void accept(Loop loop, ServerSocketChannel server, Owner owner, Consumer<TcpLink> accepted) {
        loop.register(server, SelectionKey.OP_ACCEPT, ignored -> {
            for (SocketChannel channel = server.accept(); channel != null; channel = server.accept()) {
                accepted.accept(new TcpLink(loop, channel, (InetSocketAddress) channel.getRemoteAddress(), owner));
            }
        });
    }

    /** A listening socket at the address; port 0 for a free one. */
    static ServerSocketChannel listen(InetSocketAddress address) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            return server.bind(address);
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    InetSocketAddress remote() {
        return remote;
    }

    boolean isOpen() {
        return channel.isOpen() && !closing;
    }

    /** Sends the bytes in their order; silently nothing on a connection that has ended (its owner was told). */
    void write(byte[] bytes) {
        if (!isOpen()) {
            return;
        }
        unsent.add(ByteBuffer.wrap(bytes));
        if (channel.isConnected() && unsent.size() == 1) {
            try {
                flush();
            } catch (IOException e) {
                loop.execute(this::lost); // the owner is told when it is done with what it does now
            }
        }
    }

    /** Ends the connection after what was written before has gone out; what still comes is dropped. */
    void close() {
        if (closing) {
            return;
        }
        closing = true;
        if (!channel.isConnected()) {
            end();
        } else if (unsent.isEmpty()) {
            finish();
        }
    }

    /**
     * Says that nothing more will be written and waits for the other end to do the same: closing with bytes unread would reset
     * the connection, and the other end would lose what it has not read yet.
     */
    private void finish() {
        try {
            channel.shutdownOutput();
            loop.after(LINGER, this::end);
        } catch (IOException e) {
            end(); // the other end was faster
        }
    }

    private void ready() {
        try {
            if (!channel.isConnected()) {
                channel.finishConnect();
            }
            if (!unsent.isEmpty() || key.interestOps() != SelectionKey.OP_READ) {
                flush();
            }
            if (channel.isOpen() && key.isReadable()) {
                read();
            }
        } catch (IOException e) {
            lost();
        }
    }

    private void flush() throws IOException {
        while (!unsent.isEmpty()) {
            ByteBuffer next = unsent.peek();
            channel.write(next);
            if (next.hasRemaining()) {
                break;
            }
            unsent.poll();
        }
        if (unsent.isEmpty() && closing) {
            finish();
        }
        if (channel.isOpen()) {
            key.interestOps(unsent.isEmpty() ? SelectionKey.OP_READ : SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }
    }

    private void read() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(READ_SIZE);
        int count = channel.read(buffer);
        if (count < 0) {
            lost();
            return;
        }
        if (!closing) {
            received.add(buffer.flip());
            owner.received(this, received);
        }
    }

    private void lost() {
        boolean unexpected = !closing;
        closing = true;
        end();
        if (unexpected) {
            owner.closed(this);
        }
    }

    private void end() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
