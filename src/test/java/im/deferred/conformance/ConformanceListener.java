package im.deferred.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Hears what becomes of the tests, and has the lists written when they are through. */
public final class ConformanceListener implements TestExecutionListener {
    private final Map<NamedTest, Outcome> outcomes = new ConcurrentHashMap<>();

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        hear(test, Outcome.SKIPPED);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        hear(
                test,
                switch (result.getStatus()) {
                    case SUCCESSFUL -> Outcome.PASSED;
                    case ABORTED -> Outcome.SKIPPED;
                    case FAILED -> Outcome.FAILED;
                });
    }

    /** A method with several runs is heard of once more than it has runs: as the container that they are in. */
    private void hear(TestIdentifier test, Outcome outcome) {
        test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(MethodSource.class::cast)
                .ifPresent(source -> outcomes.merge(
                        new NamedTest(source.getClassName(), source.getMethodName()), outcome, Outcome::and));
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        try {
            new Outcomes(NamedTest.folder().getParent()).add(outcomes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
