package im.deferred.it;

import im.deferred.app.embedded.EmbeddedServer;
import im.deferred.lab.Inbox;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The server in a process of its own, to be killed and started again on the same ports and data: the embedded one, or {@link
 * OpenLiberty}.
 */
final class ServerProcess implements AutoCloseable {

    private static final Duration START_LIMIT = Duration.ofSeconds(120);
    private static final Duration POLL = Duration.ofMillis(50);

    private final Configured configured;
    private final Path war;
    private final DeployedServer server;
    private Process process;
    private Output output;
    private String jvmOptions = "";
    private Output standardOutput;

    /** Not started yet. */
    ServerProcess(Configured configured) {
        this(configured, PackagedWar.FILE);
    }

    ServerProcess(Configured configured, Path war) {
        this.configured = configured;
        this.war = war;
        this.server = DeployedServer.at(configured);
    }

    /** With these options for its JVM too, separated by spaces. */
    ServerProcess jvm(String options) {
        jvmOptions = options;
        return this;
    }

    /** Where it listens when it runs. */
    DeployedServer server() {
        return server;
    }

    /** Starts it, and waits until it is ready. */
    ServerProcess start() {
        launch();
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!exitsWithin(POLL)) {
            if (server.isReady()) {
                return this;
            }
            if (System.nanoTime() > end) {
                kill();
                throw new AssertionError("not ready after " + START_LIMIT + ":\n" + output.text());
            }
        }
        throw new AssertionError("ended with " + process.exitValue() + ":\n" + output.text());
    }

    /** The number of its process while it runs. */
    long pid() {
        return process.pid();
    }

    /** Starts it, and waits until it ends by itself; its exit code. */
    int run() {
        launch();
        if (!exitsWithin(START_LIMIT)) {
            throw new AssertionError("still running after " + START_LIMIT + ":\n" + output.text());
        }
        return process.exitValue();
    }

    /**
     * Starts it, and waits for the line in which its application says why it does not start; Open Liberty goes on without it, and opens
     * its ports meanwhile.
     */
    String startInVain() {
        launch();
        standardOutput.lines.await(
                line -> line.contains("CWWKF0011I"), "that say that the container is there", START_LIMIT);
        return output.lines.await(line -> line.contains("not started: "), "that say why not", START_LIMIT);
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
        end();
    }

    /** SIGTERM, as an operator's stop. */
    void stop() {
        process.destroy();
        end();
    }

    private void end() {
        if (!exitsWithin(START_LIMIT)) {
            throw new AssertionError("does not end:\n" + output.text());
        }
    }

    /** What it wrote to standard error, line by line; all of it once it has ended. */
    List<String> errorLines() {
        return output.lines.all();
    }

    /** Waits until it has written such a line to standard output. */
    void awaitOutput(String containing) {
        standardOutput.lines.await(line -> line.contains(containing), "with " + containing, START_LIMIT);
    }

    /** What it wrote to standard output, line by line; all of it once it has ended. */
    List<String> outputLines() {
        return standardOutput.lines.all();
    }

    private void launch() {
        ProcessBuilder command = OpenLiberty.isChosen() ? OpenLiberty.prepare(configured, war) : embedded();
        if (!jvmOptions.isEmpty()) { // else the JVM says that it picked up nothing
            command.environment().put("JDK_JAVA_OPTIONS", jvmOptions);
        }
        try {
            process = command.start();
            output = new Output("error", process.errorReader());
            standardOutput = new Output("output", process.inputReader());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessBuilder embedded() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx512m");
        configured.values().forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.add("-cp");
        // Surefire puts a jar with a manifest into java.class.path, and the true one here.
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(EmbeddedServer.class.getName());
        command.add(war.toString());
        return new ProcessBuilder(command);
    }

    private boolean exitsWithin(Duration limit) {
        try {
            boolean exited = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (exited) {
                output.awaitEnd();
                standardOutput.awaitEnd();
            }
            return exited;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            kill();
        }
    }

    /** Reads what a process says, so that it never waits for a reader. */
    private static final class Output {

        private final Inbox<String> lines;
        private final Thread reader;

        Output(String name, BufferedReader from) {
            lines = new Inbox<>("lines on standard " + name, () -> "");
            reader = new Thread(() -> read(from), "server-process-" + name);
            reader.setDaemon(true);
            reader.start();
        }

        private void read(BufferedReader from) {
            try (from) {
                from.lines().forEach(lines::add);
            } catch (IOException | UncheckedIOException e) {
                lines.add(e.toString()); // its end, when it was killed
            }
        }

        void awaitEnd() throws InterruptedException {
            reader.join(START_LIMIT.toMillis());
        }

        String text() {
            return String.join("\n", lines.all());
        }
    }
}
