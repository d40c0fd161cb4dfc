package im.deferred;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * What holds for whatever there may be: tried with many random cases, others in each run. A failure names the seed of its case; with
 * {@code -Dproperty.seed=} that case comes first.
 */
public final class Property {

    /** One random case. */
    @FunctionalInterface
    public interface Case {
        void check(RandomGenerator random) throws Exception;
    }

    private static final String SEED = "property.seed";

    private Property() {}

    /** Tries that many cases. */
    public static void holds(int cases, Case property) {
        long first = Long.getLong(SEED, new SplittableRandom().nextLong());
        for (long seed = first; seed != first + cases; seed++) {
            try {
                property.check(new SplittableRandom(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("fails with -D" + SEED + "=" + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** Text of those characters. */
    public static String text(RandomGenerator random, String alphabet, int atLeast, int atMost) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(atLeast, atMost + 1); length > 0; length--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    /** One of those. */
    @SafeVarargs
    public static <T> T oneOf(RandomGenerator random, T... values) {
        return values[random.nextInt(values.length)];
    }
}
