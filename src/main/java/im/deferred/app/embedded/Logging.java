package im.deferred.app.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.LogManager;
import org.apache.log4j.AppenderSkeleton;
import org.apache.log4j.Level;
import org.apache.log4j.Logger;
import org.apache.log4j.spi.LoggingEvent;

/** The log of the embedded server: java.util.logging, one line per record, with what the container logs by log4j in it. */
public final class Logging {

    private Logging() {}

    /** Everything goes to standard error. */
    public static void toStandardError() {
        configure("handlers=java.util.logging.ConsoleHandler\n");
    }

    /** Everything goes to a file, which is begun anew; its directory is made. */
    public static void toFile(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        configure("handlers=java.util.logging.FileHandler\njava.util.logging.FileHandler.pattern="
                + file.toString().replace("%", "%%") + "\n");
    }

    private static void configure(String handler) {
        try (InputStream levels = Logging.class.getResourceAsStream("logging.properties")) {
            byte[] properties = (handler + new String(levels.readAllBytes(), StandardCharsets.UTF_8))
                    .getBytes(StandardCharsets.UTF_8);
            LogManager.getLogManager().readConfiguration(new ByteArrayInputStream(properties));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Logger root = Logger.getRootLogger();
        root.removeAllAppenders();
        root.setLevel(Level.WARN);
        root.addAppender(new ToJavaLogging());
    }

    /**
     * Hands log4j's events on, a line of each: where something fails, the container puts whole SIP messages into its lines and those
     * of its exceptions, and what users write has no place in a log.
     */
    private static final class ToJavaLogging extends AppenderSkeleton {

        @Override
        protected void append(LoggingEvent event) {
            java.util.logging.Level level = event.getLevel().isGreaterOrEqual(Level.ERROR)
                    ? java.util.logging.Level.SEVERE
                    : java.util.logging.Level.WARNING;
            String line = firstLine(event.getRenderedMessage());
            if (event.getThrowableInformation() != null) {
                line += ": " + reason(event.getThrowableInformation().getThrowable());
            }
            java.util.logging.Logger.getLogger(event.getLoggerName()).log(level, line);
        }

        private static String reason(Throwable thrown) {
            Throwable root = thrown;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            StackTraceElement[] stack = root.getStackTrace();
            return firstLine(root.toString()) + (stack.length == 0 ? "" : " at " + stack[0]);
        }

        private static String firstLine(String text) {
            return String.valueOf(text).lines().findFirst().orElse("");
        }

        @Override
        public boolean requiresLayout() {
            return false;
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
