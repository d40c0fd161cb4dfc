package im.deferred.it;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What the server, which runs in the same process, writes into the log in a test. */
final class LogWatch implements BeforeEachCallback, AfterEachCallback {

    private final List<LogRecord> records = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            synchronized (records) {
                records.add(line);
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @Override
    public void beforeEach(ExtensionContext context) {
        records.clear();
        Logger.getLogger("").addHandler(handler);
    }

    /** The server's own lines, INFO and above. */
    List<String> lines() {
        return all().stream()
                .filter(line -> line.getLoggerName().startsWith("im.deferred"))
                .map(LogWatch::text)
                .toList();
    }

    /** Whatever has a stack trace. */
    List<String> traces() {
        return all().stream()
                .filter(line -> line.getThrown() != null || text(line).contains("\tat "))
                .map(LogWatch::text)
                .toList();
    }

    private List<LogRecord> all() {
        synchronized (records) {
            return List.copyOf(records);
        }
    }

    private static String text(LogRecord line) {
        return line.getLoggerName() + ": " + line.getMessage()
                + (line.getThrown() == null ? "" : " " + line.getThrown());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Logger.getLogger("").removeHandler(handler);
    }
}
