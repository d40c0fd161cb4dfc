package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What the deployed server writes into its log in a test. */
final class LogWatch implements BeforeEachCallback {

    /** A record begins with its time, in whichever form; the logger's name stands before the text. */
    private static final Pattern OWN = Pattern.compile("\\[?[0-9/-]+,? [0-9:.]+ .*? im\\.deferred\\..*");

    private long before;

    @Override
    public void beforeEach(ExtensionContext context) {
        before = ServerLog.length();
    }

    /** The server's own lines, INFO and above. */
    List<String> lines() {
        return all().stream().filter(OWN.asMatchPredicate()).toList();
    }

    /** Waits until so many of its lines say that: they may stand there a little later than what they tell of is seen. */
    void awaitLines(int count, String saying) {
        assertTimeoutPreemptively(SOON, () -> {
            while (lines().stream().filter(line -> line.contains(saying)).count() < count) {
                Thread.onSpinWait();
            }
        });
    }

    /** The lines of stack traces, and of what is logged with one. */
    List<String> traces() {
        return all().stream().filter(line -> line.startsWith("\tat ")).toList();
    }

    private List<String> all() {
        return ServerLog.textFrom(before).lines().toList();
    }
}
