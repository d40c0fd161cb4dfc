package im.deferred.conformance;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Properties;

/** What became of the tests. The outcomes of several JVMs add up in a file beside the lists. */
final class Outcomes {
    private final Path folder;

    /** @param folder where lists and outcomes go */
    Outcomes(Path folder) {
        this.folder = folder;
    }

    /** Adds what was run, and writes the lists anew; one JVM at a time. */
    void add(Map<NamedTest, Outcome> run) throws IOException {
        Path file = folder.resolve("conformance.properties");
        try (FileChannel channel = FileChannel.open(
                folder.resolve("conformance.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock(); // until it is closed
            Properties outcomes = new Properties();
            if (Files.exists(file)) {
                try (Reader in = Files.newBufferedReader(file)) {
                    outcomes.load(in);
                }
            }
            run.forEach((test, outcome) -> outcomes.setProperty(key(test), outcome.name()));
            try (Writer out = Files.newBufferedWriter(file)) {
                outcomes.store(out, null);
            }
            for (ConformanceList list : ConformanceList.all()) {
                Files.writeString(
                        folder.resolve(list.file()),
                        list.page(test -> Outcome.valueOf(outcomes.getProperty(key(test), Outcome.NOT_RUN.name()))));
            }
        }
    }

    private static String key(NamedTest test) {
        return test.className() + "." + test.method();
    }
}
