package im.deferred.msrp;

import im.deferred.msrp.frame.MsrpDecoder;
import im.deferred.msrp.frame.MsrpEncoder;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes connections, in and out; one that goes out is used for all sessions to the same {@link Target} (RFC 4975 §5.4). */
final class Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    private static final WriteBufferWaterMark WRITE_WATER_MARK = new WriteBufferWaterMark(128 << 10, 256 << 10);
    private static final int MAX_READ = 256 << 10;

    private final MsrpEndpoint endpoint;
    private final MsrpLimits limits;
    private final EventLoopGroup loops;
    private final MsrpTls tls;
    /** For connections whose certificate an authority vouches for; null without TLS. */
    private final SslContext clientTls;

    /** Looks host names up, which blocks. */
    private final Executor resolver;

    private final SecureRandom random;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Admission admission;
    private final Map<Target, CompletableFuture<MsrpConnection>> outgoing = new ConcurrentHashMap<>();

    Connections(
            MsrpEndpoint endpoint,
            MsrpLimits limits,
            EventLoopGroup loops,
            MsrpTls tls,
            Executor resolver,
            SecureRandom random) {
        this.endpoint = endpoint;
        this.limits = limits;
        this.loops = loops;
        this.tls = tls;
        try {
            this.clientTls = tls == null ? null : tls.client();
        } catch (SSLException e) {
            throw new IllegalArgumentException("no TLS with that key or those authorities", e);
        }
        this.resolver = resolver;
        this.random = random;
        this.admission = new Admission(limits, System::nanoTime);
    }

    /** Listens; blocks until the port is bound. */
    Channel listen(InetSocketAddress address, MsrpTls ofListener) throws IOException {
        SslContext context = ofListener == null ? null : ofListener.server();
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .handler(admission)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_WATER_MARK)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers())
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        SslHandler handler = context == null ? null : context.newHandler(channel.alloc());
                        if (handler != null) {
                            handler.setHandshakeTimeoutMillis(0); // it is a part of firstRequestTimeout
                        }
                        fill(channel, handler, new MsrpConnection(endpoint, limits, null, random.nextLong()));
                    }
                });
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw bound.cause() instanceof IOException failure
                    ? failure
                    : new IOException("cannot listen on " + address, bound.cause());
        }
        return bound.channel();
    }

    /** The connection to that target: the one that is there, or a new one. */
    CompletableFuture<MsrpConnection> to(Target target) {
        CompletableFuture<MsrpConnection> fresh = new CompletableFuture<>();
        CompletableFuture<MsrpConnection> there = outgoing.putIfAbsent(target, fresh);
        if (there != null) {
            return there;
        }
        fresh.whenComplete((connection, failure) -> {
            if (failure != null) {
                LOG.warn("cannot connect to {}: {}", target, failure.toString());
                outgoing.remove(target, fresh);
            } else if (connection.isClosing()) {
                outgoing.remove(target, fresh); // gone before anybody knew it
            }
        });
        if (target.secure() && tls == null) {
            fresh.completeExceptionally(new IOException("no TLS configured"));
        } else {
            connect(target, fresh);
        }
        return fresh;
    }

    private void connect(Target target, CompletableFuture<MsrpConnection> result) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(target.host());
        if (literal != null) {
            connect(target, address(literal, target.port()), result);
            return;
        }
        resolver.execute(() -> {
            try {
                InetAddress address = InetAddress.getByName(target.host());
                connect(target, new InetSocketAddress(address, target.port()), result);
            } catch (UnknownHostException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
    }

    private static InetSocketAddress address(byte[] literal, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(literal), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not 4 or 16 octets", e);
        }
    }

    private void connect(Target target, InetSocketAddress address, CompletableFuture<MsrpConnection> result) {
        MsrpConnection connection = new MsrpConnection(endpoint, limits, target, random.nextLong());
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(limits.connectTimeout().toMillis()))
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_WATER_MARK)
                .option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers())
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) throws SSLException {
                        fill(channel, target.secure() ? clientHandler(channel, target) : null, connection);
                    }
                });
        bootstrap.connect(address).addListener((ChannelFuture connected) -> {
            if (!connected.isSuccess()) {
                result.completeExceptionally(connected.cause());
                return;
            }
            SslHandler tls = connected.channel().pipeline().get(SslHandler.class);
            if (tls == null) {
                result.complete(connection);
            } else {
                tls.handshakeFuture().addListener(shaken -> {
                    if (shaken.isSuccess()) {
                        result.complete(connection);
                    } else {
                        connection.closeIfUnused(); // and says no more of it: the one line is that of the failure
                        result.completeExceptionally(shaken.cause());
                    }
                });
            }
        });
    }

    /** A certificate known by its fingerprint has a context of its own, so that no resumed session goes round the check. */
    private SslHandler clientHandler(SocketChannel channel, Target target) throws SSLException {
        SslContext context = target.fingerprints().isEmpty() ? clientTls : tls.client(target.fingerprints());
        SslHandler handler = context.newHandler(channel.alloc(), target.name(), target.port());
        handler.setHandshakeTimeoutMillis(limits.connectTimeout().toMillis());
        return handler;
    }

    private void fill(SocketChannel channel, SslHandler tls, MsrpConnection connection) {
        open.add(channel);
        if (tls != null) {
            channel.pipeline().addLast(tls);
        }
        channel.pipeline()
                .addLast(new MsrpDecoder(limits.maxLineLength(), limits.maxHeadLength(), limits.maxHeaders()))
                .addLast(new MsrpEncoder())
                .addLast(connection);
    }

    private static AdaptiveRecvByteBufAllocator receiveBuffers() {
        return new AdaptiveRecvByteBufAllocator(1024, 8192, MAX_READ);
    }

    /** Closes all of them; returns when they are closed, or the time is up. */
    void close(Duration atMost) {
        open.close().awaitUninterruptibly(atMost.toMillis());
    }

    /** The connection is over: the next session to its target gets another one. */
    void forget(MsrpConnection connection) {
        if (connection.target() != null) {
            outgoing.computeIfPresent(
                    connection.target(),
                    (target, there) -> there.isDone() && !there.isCompletedExceptionally() && there.join() == connection
                            ? null
                            : there);
        }
    }
}
