package im.deferred.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever happens in whatever order: each message that was accepted comes to its recipient once, by the recipient's own word, in order,
 * or is still stored.
 */
class ModelTest {

    private static final int STEPS = Integer.getInteger("model.steps", 10_000);
    private static final long SEED = Long.getLong("model.seed", new SplittableRandom().nextLong());

    /** Steps in one world. */
    private static final int WORLD = 10_000;

    /** After so many steps everything comes to rest. */
    private static final int REST = 500;

    /** So many are added at most when something that should happen has not: what is rare may stay away from one of them. */
    private static final int MORE_WORLDS = 3;

    /** What must have happened, or the test proves less than it says. */
    private static final List<String> SOMETIMES = List.of(
            "answer 200",
            "answer 202",
            "answer 480",
            "answer 500",
            "answer 503",
            "200 in vain",
            "taken late",
            "SEND refused",
            "INVITE refused",
            "submitted",
            "submitted again",
            "submission dropped",
            "submission fails",
            "submission KEY_TAKEN",
            "submission OVER_QUOTA",
            "SEND taken",
            "SEND taken not: 413");

    @TempDir
    Path spools;

    private final List<Logger> loggers = List.of(
            Logger.getLogger("im.deferred"), Logger.getLogger("org.hibernate"), Logger.getLogger("org.flywaydb"));
    private final List<Level> levels = loggers.stream().map(Logger::getLevel).toList();

    /** Everything that can fail does so here, thousands of times. */
    @BeforeEach
    void silence() {
        loggers.forEach(logger -> logger.setLevel(Level.OFF));
    }

    @AfterEach
    void speak() {
        for (int i = 0; i < loggers.size(); i++) {
            loggers.get(i).setLevel(levels.get(i));
        }
    }

    @Test
    void everyAcceptedMessageArrivesOnceInOrderOrIsStored() throws SQLException {
        Counts counts = new Counts();
        long started = System.nanoTime();
        long seed = SEED;
        for (int left = STEPS; left > 0; left -= WORLD) {
            live(seed++, Math.min(left, WORLD), counts);
        }
        for (int more = 0; STEPS >= WORLD && more < MORE_WORLDS && !hasSeenAll(counts); more++) {
            live(seed++, WORLD, counts);
        }
        System.out.printf(
                "%d steps from seed %d, %d ms: %s%n", STEPS, SEED, (System.nanoTime() - started) / 1_000_000, counts);
        if (STEPS >= WORLD) {
            assertThat(SOMETIMES)
                    .allSatisfy(what -> assertThat(counts.of(what)).as(what).isPositive());
            assertThat(Action.values())
                    .allSatisfy(action -> assertThat(counts.of(action.name())).isPositive());
        }
    }

    private static boolean hasSeenAll(Counts counts) {
        return Stream.concat(SOMETIMES.stream(), Stream.of(Action.values()).map(Action::name))
                .allMatch(what -> counts.of(what) > 0);
    }

    private void live(long seed, int steps, Counts counts) throws SQLException {
        try (World world = new World(seed, spools, counts)) {
            try {
                for (int step = 1; step <= steps; step++) {
                    world.step(step);
                    if (step % REST == 0) {
                        world.delivered();
                    }
                }
                world.finish();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "fails with -Dmodel.seed=%d -Dmodel.steps=%d: %s%n%s"
                                .formatted(seed, steps, e.getMessage(), world.notes()),
                        e);
            }
        }
    }
}
