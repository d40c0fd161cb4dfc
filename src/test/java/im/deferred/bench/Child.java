package im.deferred.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link Part} in a JVM of its own, with a heap of {@value #HEAP}; seen from outside. */
final class Child implements AutoCloseable {
    static final String HEAP = "-Xmx256m";

    private static final int ANSWER_SECONDS = 30;

    private final Part.Kind kind;
    private final Process process;
    private final PrintStream commands;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    Child(Part.Kind kind) throws IOException {
        this.kind = kind;
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Part.class.getName(),
                        kind.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        Thread reader = new Thread(() -> read(process.inputReader()), "answers of " + kind);
        reader.setDaemon(true);
        reader.start();
    }

    private void read(BufferedReader from) {
        try (from) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                answers.add(line);
            }
            answers.add("failed: its process has ended");
        } catch (IOException e) {
            answers.add("failed: " + e);
        }
    }

    /** What it answers; an exception when it fails or does not answer. */
    String ask(Object... words) throws IOException, InterruptedException {
        String command =
                String.join(" ", List.of(words).stream().map(Object::toString).toList());
        commands.println(command);
        String answer = answers.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
        if (answer == null || answer.startsWith("failed")) {
            String why = answer == null ? "no answer in " + ANSWER_SECONDS + " s" : answer;
            throw new IOException(kind + " " + words[0] + ": " + why);
        }
        return answer;
    }

    /** Lets it work for so long. */
    void work(long millis) throws IOException, InterruptedException {
        if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
            throw new IOException(kind + " has ended: " + answers);
        }
    }

    /** Ends it. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
