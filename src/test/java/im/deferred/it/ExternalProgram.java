package im.deferred.it;

import im.deferred.lab.Inbox;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A program that is not ours, in a process of its own, and what it says, line by line. */
final class ExternalProgram implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final Duration END_LIMIT = Duration.ofSeconds(30);

    private final String name;
    private final Process process;
    private final Thread reader;
    private final Inbox<String> lines;
    private final Consumer<String> listener;

    /** Starts it in that directory. */
    ExternalProgram(String name, Path directory, List<String> command) {
        this(name, directory, command, line -> {});
    }

    /** Starts it in that directory; the listener is told each line, in a thread of its own. */
    ExternalProgram(String name, Path directory, List<String> command, Consumer<String> listener) {
        this.name = name;
        this.listener = listener;
        this.lines = new Inbox<>("lines of " + name, () -> "");
        try {
            process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader = new Thread(this::read, name + "-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Where a program is, if it is installed. */
    static Optional<Path> find(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * What goes before a command that should not run as root: nothing where the tests do not, or where there is no program for it.
     */
    static List<String> asNobody() {
        return "root".equals(System.getProperty("user.name"))
                ? find("setpriv")
                        .map(program ->
                                List.of(program.toString(), "--reuid=65534", "--regid=65534", "--clear-groups", "--"))
                        .orElse(List.of())
                : List.of();
    }

    /** What it says. */
    Inbox<String> lines() {
        return lines;
    }

    /** Waits until it says such a line; false when it ends without. */
    boolean says(Predicate<String> line, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        boolean alive = true;
        while (alive && System.nanoTime() < end) {
            alive = process.isAlive();
            if (lines.find(line, POLL).isPresent()) {
                return true;
            }
        }
        if (alive) {
            throw new AssertionError(name + " does not say it:\n" + String.join("\n", lines.all()));
        }
        return false;
    }

    /** Gives it a line on its standard input. */
    void say(String line) {
        try {
            process.outputWriter(StandardCharsets.UTF_8)
                    .append(line)
                    .append('\n')
                    .flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for its end, which must be a good one. */
    void awaitSuccess(Duration limit) throws InterruptedException {
        int code = awaitEnd(limit);
        if (code != 0) {
            throw new AssertionError(name + " ends with " + code + ":\n" + String.join("\n", lines.all()));
        }
    }

    /** Waits for its end, and for all that it says; its exit code. */
    int awaitEnd(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError(name + " does not end:\n" + String.join("\n", lines.all()));
        }
        reader.join(limit.toMillis());
        return process.exitValue();
    }

    private void read() {
        try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
            said.lines().forEach(line -> {
                lines.add(line);
                listener.accept(line);
            });
        } catch (IOException | UncheckedIOException e) {
            lines.add(e.toString()); // its end, when it was killed
        }
    }

    /** With all that it started; returns when none of them can say anything more. */
    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        try {
            reader.join(END_LIMIT.toMillis());
            if (reader.isAlive()) {
                throw new AssertionError("killed, but not gone: " + name);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
