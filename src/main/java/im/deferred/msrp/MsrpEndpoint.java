package im.deferred.msrp;

import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** The node's MSRP stack. Skeleton of the signatures. */
public final class MsrpEndpoint implements AutoCloseable {
    private final MsrpLimits limits;

    public MsrpEndpoint(MsrpLimits limits) {
        this(limits, 1, null);
    }

    public MsrpEndpoint(MsrpLimits limits, int threads, SslContext clientTls) {
        this.limits = limits;
    }

    public InetSocketAddress listen(InetSocketAddress address) throws IOException {
        return listen(address, null);
    }

    public InetSocketAddress listen(InetSocketAddress address, SslContext tls) throws IOException {
        throw new IOException("not bound: " + address + " " + limits);
    }

    public MsrpUri newUri(String host, int port) {
        return new MsrpUri(false, host, port, UUID.randomUUID().toString());
    }

    public MsrpSession offer(MsrpUri local, IncomingHandler incoming) {
        return new MsrpSession(local, java.util.List.of());
    }

    public MsrpSession open(
            MsrpUri local, List<MsrpUri> remotePath, Role role, IncomingHandler incoming, Duration setupTimeout) {
        return new MsrpSession(local, remotePath);
    }

    @Override
    public void close() {}
}
