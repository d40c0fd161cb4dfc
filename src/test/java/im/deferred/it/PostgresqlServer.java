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
    private final String port = Integer.toString(Configured.freePort());
    private ExternalProgram program;

    /** Not started yet; its files go below that directory. */
    PostgresqlServer(Path directory) {
        this.directory = directory;
    }

    /** Starts it, and makes the role and the database. */
    void start() throws IOException, InterruptedException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        run("initdb", "-D", "data", "-U", "postgres", "-A", "scram-sha-256", "--auth-local=trust")
                .awaitSuccess(LIMIT);
        program = run("postgres", "-D", "data", "-p", port, "-h", "127.0.0.1", "-k", directory.toString());
        program.lines().await(line -> line.contains("ready to accept connections"), "that say it is ready", LIMIT);
        String sql = Path.of("deploy/postgresql/create.sql").toAbsolutePath().toString();
        String asked = "echo \"$1\" | psql -v ON_ERROR_STOP=1 -h \"$2\" -p \"$3\" -U postgres -f \"$4\"";
        new ExternalProgram(
                        "psql", directory, List.of("sh", "-c", asked, "sh", PASSWORD, directory.toString(), port, sql))
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

    private ExternalProgram run(String name, String... arguments) {
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
        if (program == null) {
            return;
        }
        try {
            run("pg_ctl", "-D", "data", "-m", "fast", "stop").awaitSuccess(LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            program.close();
        }
    }
}
