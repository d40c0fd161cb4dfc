package im.deferred.app.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.LogManager;
import org.apache.log4j.PropertyConfigurator;

/**
 * The log of the embedded server: java.util.logging, one line per record, with what the container logs by log4j in it. Levels and
 * form are those of an installed Tomcat.
 */
public final class Logging {

    /** Why the server does not start is the embedded server's to say; and it may have another Hibernate than the WAR's beside it. */
    private static final String EMBEDDED = """

            im.deferred.app.Startup.level=OFF
            org.hibernate.orm.service.level=SEVERE
            """;

    private Logging() {}

    /** Everything goes to standard error. */
    public static void toStandardError() {
        configure("handlers=java.util.logging.ConsoleHandler");
    }

    /** Everything goes to a file, which is begun anew; its directory is made. */
    public static void toFile(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        configure("""
                handlers=java.util.logging.FileHandler
                java.util.logging.FileHandler.formatter=java.util.logging.SimpleFormatter
                java.util.logging.FileHandler.pattern=\
                """ + file.toString().replace("%", "%%"));
    }

    private static void configure(String handler) {
        try (InputStream installed = Logging.class.getResourceAsStream("logging.properties");
                InputStream log4j = Logging.class.getResourceAsStream("log4j.properties")) {
            String properties = new String(installed.readAllBytes(), StandardCharsets.UTF_8) + EMBEDDED + handler;
            LogManager.getLogManager()
                    .readConfiguration(new ByteArrayInputStream(properties.getBytes(StandardCharsets.UTF_8)));
            PropertyConfigurator.configure(log4j);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
