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
import java.util.stream.Stream;

/** A program that is not ours, in a process of its own, and what it says, line by line. */
final class ExternalProgram implements AutoCloseable {

    private final String name;
    private final Process process;
    private final Thread reader;
    private final Inbox<String> lines;

    /** Starts it in that directory. */
    ExternalProgram(String name, Path directory, List<String> command) {
        this.name = name;
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

    /** What it says. */
    Inbox<String> lines() {
        return lines;
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
            said.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException e) {
            lines.add(e.toString()); // its end, when it was killed
        }
    }

    /** With all that it started. */
    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
