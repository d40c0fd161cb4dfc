package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import im.deferred.app.StartException;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** The container goes on without a port that it cannot have; an operator wants to know. */
final class FreePorts {

    private FreePorts() {}

    /**
     * Tries to listen wherever the container is about to.
     *
     * @throws StartException if a port is in use, or an address is none of this machine
     */
    static void require(Configuration configuration) {
        Configuration.Sip sip = configuration.sip();
        requireUdp("sip.port", sip.host(), sip.port());
        requireTcp("sip.port", sip.host(), sip.port());
        requireTcp("sip.tls-port", sip.host(), sip.tlsPort());
        Configuration.Http http = configuration.http();
        requireTcp("http.port", http.host(), http.port());
        http.tlsPort().ifPresent(port -> requireTcp("http.tls-port", http.tlsHost(), port));
    }

    private static void requireUdp(String key, String host, int port) {
        try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (IOException e) {
            throw new StartException(inUse(key, host, port, "UDP", e), e);
        }
    }

    private static void requireTcp(String key, String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true); // as the container does, so that a restart need not wait for old connections
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (IOException e) {
            throw new StartException(inUse(key, host, port, "TCP", e), e);
        }
    }

    private static String inUse(String key, String host, int port, String transport, IOException e) {
        return "deferred-im.%s = '%d': cannot listen on %s, %s: %s"
                .formatted(key, port, host, transport, e.getMessage());
    }
}
