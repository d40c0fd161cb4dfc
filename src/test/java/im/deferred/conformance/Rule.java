package im.deferred.conformance;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What is required, in one line.
 *
 * @param id one letter or more and a number of two digits
 * @param text in our words
 * @param reason why no test shows it, or null where one does
 * @param tests that show it: those that are named after it, then those that its file names
 */
record Rule(String id, String text, String reason, List<NamedTest> tests) {
    private static final String REASON = ".reason";
    private static final String TESTS = ".tests";

    /** All rules of a resource, by their numbers. */
    static List<Rule> all(String resource) {
        Properties lines = new Properties();
        try (Reader in = new InputStreamReader(Rule.class.getResourceAsStream(resource), StandardCharsets.UTF_8)) {
            lines.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<NamedTest> named = NamedTest.all();
        return new TreeSet<>(lines.stringPropertyNames())
                .stream()
                        .filter(key -> !key.contains("."))
                        .map(id -> new Rule(
                                id,
                                lines.getProperty(id),
                                lines.getProperty(id + REASON),
                                Stream.concat(
                                                named.stream()
                                                        .filter(test ->
                                                                test.rules().contains(id)),
                                                listed(lines.getProperty(id + TESTS, "")))
                                        .toList()))
                        .toList();
    }

    private static Stream<NamedTest> listed(String tests) {
        return Stream.of(tests.strip().split("[,\\s]+"))
                .filter(test -> !test.isEmpty())
                .map(NamedTest::parse);
    }
}
