package im.deferred.conformance;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What is required, in one line.
 *
 * @param id a letter and one or two digits, and where it is of several steps those of the last
 * @param text in our words; null where the file says something about a rule that it does not have
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
        Set<String> ids = new TreeSet<>();
        lines.stringPropertyNames().forEach(key -> ids.add(key.split("[.]", 2)[0]));
        return ids.stream().map(id -> of(id, lines, named)).toList();
    }

    private static Rule of(String id, Properties lines, List<NamedTest> named) {
        Stream<NamedTest> its = named.stream().filter(test -> test.rules().contains(id));
        return new Rule(
                id,
                lines.getProperty(id),
                lines.getProperty(id + REASON),
                Stream.concat(its, listed(lines.getProperty(id + TESTS, ""))).toList());
    }

    private static Stream<NamedTest> listed(String tests) {
        return Stream.of(tests.strip().split("[,\\s]+"))
                .filter(test -> !test.isEmpty())
                .map(NamedTest::parse);
    }
}
