package im.deferred.conformance;

import java.util.Locale;

/** What became of a test; of several runs of one method, and of its repetitions, the last in this order counts. */
enum Outcome {
    NOT_RUN,
    PASSED,
    SKIPPED,
    FAILED;

    Outcome and(Outcome other) {
        return compareTo(other) >= 0 ? this : other;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
