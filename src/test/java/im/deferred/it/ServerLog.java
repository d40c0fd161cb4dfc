package im.deferred.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The log of the server that is deployed for a test class, a file in {@code target/it-logs}. */
final class ServerLog {

    private static final String FILE = "it.log";

    private ServerLog() {}

    /** A new one; where the container is to put it. */
    static Path begin(String name) {
        Path file = Path.of("target", "it-logs", name).toAbsolutePath();
        System.setProperty(FILE, file.toString());
        return file;
    }

    /** How long it is, in octets. */
    static long length() {
        return file().toFile().length();
    }

    /** What stands in it. */
    static String text() {
        return textFrom(0);
    }

    /** What was written after it had that length. */
    static String textFrom(long length) {
        try {
            byte[] all = Files.readAllBytes(file());
            return new String(all, (int) length, all.length - (int) length, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file() {
        return Path.of(System.getProperty(FILE));
    }
}
