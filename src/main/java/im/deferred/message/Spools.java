package im.deferred.message;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/** Where messages that come in pieces grow until they are whole: each has its {@link Spool}. May be used from any thread. */
public final class Spools {

    /**
     * How much is taken.
     *
     * @param memory octets of one message that are kept in memory; a larger one goes to a file
     * @param size octets of one message at most
     * @param total octets of all messages that grow at one time at most
     */
    public record Limits(int memory, long size, long total) {

        /** @throws IllegalArgumentException if one is out of its bounds */
        public Limits {
            if (memory < 0 || size < 0 || total < size) {
                throw new IllegalArgumentException("a spool has room for a message at least");
            }
        }

        /** The usual: 64 KiB in memory; 1 GiB in all, or four messages of the largest size where that is more. */
        public static Limits of(long maxSize) {
            return new Limits(64 * 1024, maxSize, Math.max(1L << 30, 4 * maxSize));
        }
    }

    private static final String PREFIX = "message-";
    private static final String SUFFIX = ".spool";

    private final Path directory;
    private final Limits limits;
    private final AtomicLong taken = new AtomicLong();

    /**
     * Makes the directory if there is none, and deletes what a process that died left in it.
     *
     * @param directory for the files of large messages; other files in it are left alone
     * @throws UncheckedIOException if it cannot be used
     */
    public Spools(Path directory, Limits limits) {
        this.directory = directory;
        this.limits = limits;
        try {
            Files.createDirectories(directory);
            try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
                for (Path leftover : leftovers) {
                    Files.deleteIfExists(leftover);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A spool for one message; whoever opened it closes it. Takes neither memory nor a file before it is written to. */
    public Spool open() {
        return new Spool(this);
    }

    Limits limits() {
        return limits;
    }

    /** Makes room for a message that grows by that many octets. */
    void take(long octets) {
        if (taken.addAndGet(octets) > limits.total()) {
            taken.addAndGet(-octets);
            throw new StoreBusyException("the messages that are coming in have " + limits.total() + " octets together");
        }
    }

    void giveBack(long octets) {
        taken.addAndGet(-octets);
    }

    /** A file that nobody else may read, and that is gone when it is closed; where the system allows it, it is nowhere to be seen before. */
    FileChannel file() throws IOException {
        return FileChannel.open(
                Files.createTempFile(directory, PREFIX, SUFFIX),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }
}
