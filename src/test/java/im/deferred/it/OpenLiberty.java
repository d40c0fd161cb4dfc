package im.deferred.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;

/**
 * Open Liberty with the server that {@code deploy/open-liberty} describes. It takes the place of the embedded server where the system
 * property {@code it.container} says {@code open-liberty}; {@code it.liberty} is where the runtime is.
 */
final class OpenLiberty {

    private static final String SERVER = "deferred-im";
    private static final Path DEPLOY = Path.of("deploy");

    private OpenLiberty() {}

    /** Whether the tests are to run on it. */
    static boolean isChosen() {
        return System.getProperty("it.container", "embedded").equals("open-liberty");
    }

    /** Makes a server in the data directory, unless one is there, and says how it is started. Its log lies in {@code target/it-logs}. */
    static ProcessBuilder prepare(Configured configured, Path war) {
        Path runtime = Path.of(System.getProperty("it.liberty")).toAbsolutePath();
        Path user = Path.of(configured.value("data-dir")).toAbsolutePath().resolve("liberty");
        try {
            make(user.resolve("servers").resolve(SERVER), configured, war);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // With run the script becomes the server, which signals reach then.
        ProcessBuilder command =
                new ProcessBuilder(runtime.resolve("bin/server").toString(), "run", SERVER);
        command.environment().put("JAVA_HOME", System.getProperty("java.home"));
        command.environment().put("JVM_ARGS", "-Xmx512m");
        command.environment().put("WLP_USER_DIR", user.toString());
        command.environment().put("LOG_DIR", logs().toString());
        command.environment().put("keystore_password", "of-the-tests");
        return command;
    }

    private static Path logs() {
        return Path.of("target", "it-logs", "liberty-" + System.currentTimeMillis())
                .toAbsolutePath();
    }

    private static void make(Path server, Configured configured, Path war) throws IOException {
        Path apps = Files.createDirectories(server.resolve("apps"));
        copy(DEPLOY.resolve("open-liberty").resolve("server.xml"), server.resolve("server.xml"));
        copy(DEPLOY.resolve("dar.properties"), server.resolve("dar.properties"));
        copy(war, apps.resolve("deferred-im.war"));
        Properties settings = new Properties();
        settings.putAll(configured.values());
        try (Writer out = Files.newBufferedWriter(server.resolve("bootstrap.properties"))) {
            settings.store(out, null);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
}
