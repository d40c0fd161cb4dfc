package im.deferred.app.embedded;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.log4j.AppenderSkeleton;
import org.apache.log4j.spi.LoggingEvent;

/**
 * Hands log4j's events on to java.util.logging, a line of each: where something fails, the container puts whole SIP messages into
 * its lines and those of its exceptions, and what users write has no place in a log. {@code log4j.properties} names it.
 */
public final class ToJavaLogging extends AppenderSkeleton {

    @Override
    protected void append(LoggingEvent event) {
        Level level = event.getLevel().isGreaterOrEqual(org.apache.log4j.Level.ERROR) ? Level.SEVERE : Level.WARNING;
        String line = firstLine(event.getRenderedMessage());
        if (event.getThrowableInformation() != null) {
            line += ": " + reason(event.getThrowableInformation().getThrowable());
        }
        Logger.getLogger(event.getLoggerName()).log(level, line);
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
