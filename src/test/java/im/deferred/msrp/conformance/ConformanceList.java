package im.deferred.msrp.conformance;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Rule, tests, result: as a page. The outcomes of several JVMs add up in a file beside it. */
final class ConformanceList {
    private final Path folder;

    /** @param folder where page and outcomes go */
    ConformanceList(Path folder) {
        this.folder = folder;
    }

    /** Adds what was run, and writes the page anew; one JVM at a time. */
    void add(Map<NamedTest, Outcome> run) throws IOException {
        Path file = folder.resolve("msrp-conformance.properties");
        try (FileChannel channel = FileChannel.open(
                folder.resolve("msrp-conformance.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
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
            Files.writeString(
                    folder.resolve("msrp-conformance.md"),
                    page(
                            Rule.all(),
                            NamedTest.all(),
                            test -> Outcome.valueOf(outcomes.getProperty(key(test), Outcome.NOT_RUN.name()))));
        }
    }

    private static String key(NamedTest test) {
        return test.className() + "." + test.method();
    }

    /** The page: first the rules with tests, then those without one. */
    static String page(List<Rule> rules, List<NamedTest> tests, Function<NamedTest, Outcome> outcomeOf) {
        StringBuilder shown = new StringBuilder();
        StringBuilder notShown = new StringBuilder();
        Map<Outcome, Integer> totals = new TreeMap<>();
        for (Rule rule : rules) {
            List<NamedTest> its = tests.stream()
                    .filter(test -> test.rules().contains(rule.id()))
                    .toList();
            if (its.isEmpty()) {
                notShown.append("| %s | %s | %s |%n".formatted(rule.id(), rule.text(), rule.reason()));
                continue;
            }
            Outcome worst = its.stream().map(outcomeOf).reduce(Outcome.NOT_RUN, Outcome::and);
            totals.merge(worst, 1, Integer::sum);
            String lines = its.stream()
                    .map(test -> test + ": " + outcomeOf.apply(test))
                    .collect(Collectors.joining("<br>"));
            shown.append("| %s | %s | %s | %s |%n".formatted(rule.id(), rule.text(), worst, lines));
        }
        return """
                # Conformance to MSRP

                M: RFC 4975 with the SDP and TLS that belong to it. R: relays, RFC 4976. %d rules; of those with tests: %s.

                | rule | what it requires | result | tests |
                |---|---|---|---|
                %s
                ## Without a test

                | rule | what it requires | reason |
                |---|---|---|
                %s""".formatted(rules.size(), totals, shown, notShown);
    }
}
