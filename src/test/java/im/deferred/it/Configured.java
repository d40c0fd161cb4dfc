package im.deferred.it;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** A configuration for a server under test: free ports, a data directory, users of HTTP, and what a test wants different. */
final class Configured {

    /** Of the user {@code viewer}. */
    static final String VIEWER_PASSWORD = "viewer-of-the-tests";

    private static final String HOST = "127.0.0.1";
    private static final String PREFIX = "deferred-im.";

    /** Ports that were given out. */
    private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

    private final Map<String, String> values = new LinkedHashMap<>();

    /** On free ports, with that data directory. */
    Configured(Path dataDir) {
        set("sip.port", Integer.toString(freePort()));
        set("sip.tls-port", Integer.toString(freePort()));
        set("http.port", Integer.toString(freePort()));
        set("msrp.port", Integer.toString(freePort()));
        set("msrp.tls-port", Integer.toString(freePort()));
        set("core.uri", "sip:" + HOST + ":" + freePort() + ";lr");
        set("data-dir", dataDir.toString());
        set("http.operator-password", "operator-of-the-tests");
        set("http.viewer-password", VIEWER_PASSWORD);
    }

    /** Sets a key, given without {@code deferred-im.}. */
    Configured set(String key, String value) {
        values.put(PREFIX + key, value);
        return this;
    }

    /** The keys among the system properties have the values that they have there. */
    Configured withSystemProperties() {
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith(PREFIX))
                .forEach(name -> values.put(name, System.getProperty(name)));
        return this;
    }

    /** All keys with their values. */
    Map<String, String> values() {
        return Map.copyOf(values);
    }

    /** The value of a key, given without {@code deferred-im.}. */
    String value(String key) {
        return values.get(PREFIX + key);
    }

    /**
     * A port that is free for UDP and TCP, and that was not given out before. None of those that the system gives to whoever asks for
     * any: such a one may be gone before the server has it.
     */
    static int freePort() {
        return ThreadLocalRandom.current()
                .ints(20_000, 32_000)
                .filter(port -> isFreeForTcp(port) && isFreeForUdp(port) && TAKEN.add(port))
                .findFirst()
                .orElseThrow();
    }

    /** Whether nobody listens on that port. */
    static boolean isFreeForTcp(int port) {
        try (ServerSocket tcp = new ServerSocket()) {
            tcp.setReuseAddress(true);
            tcp.bind(new InetSocketAddress(HOST, port));
            return true;
        } catch (IOException e) {
            return false; // another one is tried
        }
    }

    private static boolean isFreeForUdp(int port) {
        try (DatagramSocket udp = new DatagramSocket(new InetSocketAddress(HOST, port))) {
            return udp.isBound();
        } catch (IOException e) {
            return false; // another one is tried
        }
    }
}
