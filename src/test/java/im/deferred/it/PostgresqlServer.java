package im.deferred.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** An installed PostgreSQL with a cluster of its own, which {@code deploy/postgresql} has made ready for the server. It refuses to run as root. */
final class PostgresqlServer implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    private static final String PASSWORD = "secret";

    private final Path bin = programs().orElseThrow();
    private final Path directory;
    private final int port = Configured.freePort();
    private final ExternalProgram program;

    /** Starts it with its files below that directory. */
    PostgresqlServer(Path folder) throws IOException, InterruptedException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        directory = folder;
        start(
                        "initdb",
                        "-D",
                        "data",
                        "-U",
                        "postgres",
                        "-A",
                        "scram-sha-256",
                        "--auth-local=trust",
                        "--no-instructions")
                .awaitSuccess(LIMIT);
        program = start(
                "postgres",
                "-D",
                "data",
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-k",
                folder.toString());
        program.lines().await(line -> line.contains("ready to accept connections"), "that say it is ready", LIMIT);
        Path sql = Path.of("deploy/postgresql/create.sql").toAbsolutePath();
        new ExternalProgram(
                        "psql",
                        folder,
                        List.of(
                                "sh",
                                "-c",
                                "echo %s | psql -v ON_ERROR_STOP=1 -h %s -p %d -U postgres -f %s"
                                        .formatted(PASSWORD, folder, port, sql)))
                .awaitSuccess(LIMIT);
    }

    /** Where its programs are: where Debian has them, the newest release, or on the path. */
    static Optional<Path> programs() {
        if (!Files.isDirectory(DEBIAN)) {
            return ExternalProgram.find("postgres").map(Path::getParent);
        }
        try (Stream<Path> releases = Files.list(DEBIAN)) {
            return releases.map(release -> release.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
                    .max(Path::compareTo);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The server's configuration with the database in it. */
    Configured configure(Configured configured) {
        return configured
                .set("database.url", "jdbc:postgresql://127.0.0.1:" + port + "/deferred_im")
                .set("database.user", "deferred_im")
                .set("database.password", PASSWORD);
    }

    private ExternalProgram start(String name, String... arguments) {
        return new ExternalProgram(
                name,
                directory,
                Stream.of(
                                ExternalProgram.asNobody().stream(),
                                Stream.of(bin.resolve(name).toString()),
                                Stream.of(arguments))
                        .flatMap(stream -> stream)
                        .toList());
    }

    /** Ends it, whoever is still connected. */
    @Override
    public void close() {
        try {
            start("pg_ctl", "-D", "data", "-m", "fast", "stop").awaitSuccess(LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            program.close();
        }
    }
}
