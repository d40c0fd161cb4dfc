package im.deferred.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

    /** Makes a server in the data directory, unless one is there, and says how it is started. */
    static ProcessBuilder prepare(Configured configured, Path war) {
        Path runtime = Path.of(System.getProperty("it.liberty")).toAbsolutePath();
        Path user = user(configured);
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
        Path log = ServerLog.begin("liberty-" + System.currentTimeMillis() + "/messages.log");
        command.environment().put("LOG_DIR", log.getParent().toString());
        return command;
    }

    /** Where its WAR is, of the server with that configuration. */
    static Path war(Configured configured) {
        return user(configured).resolve("servers").resolve(SERVER).resolve("apps/deferred-im.war");
    }

    private static Path user(Configured configured) {
        return Path.of(configured.value("data-dir")).toAbsolutePath().resolve("liberty");
    }

    private static void make(Path server, Configured configured, Path war) throws IOException {
        Path apps = Files.createDirectories(server.resolve("apps"));
        copy(DEPLOY.resolve("open-liberty").resolve("server.xml"), server.resolve("server.xml"));
        copy(DEPLOY.resolve("dar.properties"), server.resolve("dar.properties"));
        copy(war, apps.resolve("deferred-im.war"));
        Properties settings = new Properties();
        settings.putAll(configured.values());
        // Both the container and the application have the key that the application would have made for itself.
        Path dataDir = Path.of(configured.value("data-dir")).toAbsolutePath();
        copy(KeyStore.FILE, dataDir.resolve("tls.p12"));
        Files.writeString(dataDir.resolve("tls.password"), KeyStore.PASSWORD);
        if (settings.putIfAbsent(
                        "deferred-im.tls.key-store", dataDir.resolve("tls.p12").toString())
                == null) {
            settings.setProperty("deferred-im.tls.password", KeyStore.PASSWORD);
        }
        try (Writer out = Files.newBufferedWriter(server.resolve("bootstrap.properties"))) {
            settings.store(out, null);
        }
    }

    /** One for all servers of a run: to make one takes a busy machine long. */
    private static final class KeyStore {

        static final String PASSWORD = "of-the-tests";
        static final Path FILE = make();

        private static Path make() {
            try {
                Path file = Files.createTempDirectory("deferred-im-it-tls").resolve("tls.p12");
                String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool")
                        .toString();
                List<String> command = new ArrayList<>(List.of(keytool, "-genkeypair", "-keyalg", "EC"));
                command.addAll(List.of("-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1", "-storetype", "PKCS12"));
                command.addAll(List.of("-keystore", file.toString(), "-storepass", PASSWORD));
                try (ExternalProgram program = new ExternalProgram("keytool", file.getParent(), command)) {
                    program.awaitSuccess(Duration.ofSeconds(30));
                }
                file.getParent().toFile().deleteOnExit();
                file.toFile().deleteOnExit(); // the last one first
                return file;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
}
