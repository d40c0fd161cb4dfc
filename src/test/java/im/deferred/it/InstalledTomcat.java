package im.deferred.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The archive with the container in it, unpacked, and run by the scripts that it brings. Where the tests run as root they start it as
 * nobody, if there is a program for that.
 */
final class InstalledTomcat implements AutoCloseable {

    /** Where the build puts it. */
    static final Path ARCHIVE = Path.of("target", "deferred-im-restcomm-tomcat.tar.gz");

    private static final Duration LIMIT = Duration.ofMinutes(3);

    private final Path home;
    private final DeployedServer server;
    private String jvmOptions = "";

    /** Unpacks it into a new directory below that one. */
    InstalledTomcat(Path folder, Configured configured) throws IOException, InterruptedException {
        Path directory = Files.createDirectory(folder.resolve("any where"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path archive = Files.copy(ARCHIVE, folder.resolve(ARCHIVE.getFileName()));
        run(directory, "tar", "xzf", archive.toString()).awaitSuccess(LIMIT);
        home = directory.resolve("deferred-im");
        server = DeployedServer.at(configured);
        String settings = configured.values().entrySet().stream()
                .filter(setting -> !setting.getKey().equals("deferred-im.data-dir"))
                .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
                .collect(Collectors.joining());
        Files.writeString(home.resolve("conf/deferred-im.properties"), settings, StandardOpenOption.APPEND);
    }

    /** Where it is. */
    Path home() {
        return home;
    }

    /** What it has said since its start. */
    Path console() {
        return home.resolve("logs/console.log");
    }

    /** Where it listens when it runs. */
    DeployedServer server() {
        return server;
    }

    /** With these options for its JVM too, separated by spaces. */
    InstalledTomcat jvm(String options) {
        jvmOptions = options;
        return this;
    }

    /** Starts it by its script, which returns when it is ready; what that says. */
    List<String> start() throws InterruptedException {
        ExternalProgram script = script("deferred-im-start.sh");
        script.awaitSuccess(LIMIT);
        return script.lines().all();
    }

    /** Starts it by its script, which does not go well; what that says. */
    List<String> startInVain() throws InterruptedException {
        ExternalProgram script = script("deferred-im-start.sh");
        if (script.awaitEnd(LIMIT) != 1) {
            throw new AssertionError("it started");
        }
        return script.lines().all();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException, ExecutionException, TimeoutException {
        kill(process().orElseThrow());
    }

    private static void kill(ProcessHandle process) throws InterruptedException, ExecutionException, TimeoutException {
        process.destroyForcibly();
        process.onExit().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Stops it by its script, which returns when it is gone. */
    void stop() throws InterruptedException {
        script("deferred-im-stop.sh").awaitSuccess(LIMIT);
    }

    /** Its process, if it runs. */
    Optional<ProcessHandle> process() {
        try {
            Path file = home.resolve("temp/deferred-im.pid");
            return Files.exists(file)
                    ? ProcessHandle.of(Long.parseLong(Files.readString(file).trim()))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ExternalProgram script(String name) {
        return run(
                home.getRoot(),
                "env",
                "JAVA_OPTS=" + jvmOptions,
                home.resolve("bin").resolve(name).toString());
    }

    private ExternalProgram run(Path directory, String... command) {
        return new ExternalProgram(
                command[0],
                directory,
                Stream.concat(ExternalProgram.asNobody().stream(), Stream.of(command))
                        .toList());
    }

    /** Kills it if it still runs: then it writes no more into its directory, which is about to be deleted. */
    @Override
    public void close() throws ExecutionException, TimeoutException {
        Optional<ProcessHandle> process = process();
        try {
            if (process.isPresent()) {
                kill(process.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
