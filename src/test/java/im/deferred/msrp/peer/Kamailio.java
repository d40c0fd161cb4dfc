package im.deferred.msrp.peer;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Kamailio as MSRP relay on loopback, in a process of its own. */
public final class Kamailio implements AutoCloseable {
    private static final Path CONFIGURATION = Path.of("src/test/resources/kamailio/msrp.cfg");
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final long POLL_MILLIS = 50;
    private static final long STOP_SECONDS = 10;

    private final Path log;
    private final Process process;
    private final int port;

    /** The program, when it is installed. */
    public static Optional<Path> program() {
        return Stream.concat(Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of("/usr/sbin"))
                .map(directory -> Path.of(directory, "kamailio"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts it on a free port and waits until it listens.
     *
     * @throws IOException with what it said when it does not start
     */
    public Kamailio() throws IOException, InterruptedException {
        String program = program().orElseThrow().toString();
        port = freePort();
        log = Files.createTempFile("kamailio", ".log");
        process = new ProcessBuilder(List.of(
                        program,
                        "-f",
                        CONFIGURATION.toString(),
                        "-l",
                        "tcp:127.0.0.1:" + port,
                        "-DD",
                        "-E",
                        "-m",
                        "128"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!listens()) {
            if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
                String said = Files.readString(log);
                close();
                throw new IOException("kamailio does not start: " + said);
            }
        }
    }

    /** None of those that the system gives to whoever asks for any: such a one may be gone meanwhile. */
    private static int freePort() {
        return ThreadLocalRandom.current()
                .ints(20_000, 32_000)
                .filter(Kamailio::isFree)
                .findFirst()
                .orElseThrow();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false; // another one is tried
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false; // not yet
        }
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** Stops it, and waits until it has. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(log);
    }
}
