package im.deferred.msrp.conformance;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;

/**
 * What MSRP requires, in one line.
 *
 * @param id M and a number for RFC 4975 and what belongs to it, R and a number for RFC 4976; two digits
 * @param text in our words
 * @param reason why no test shows it, or null where one does
 */
record Rule(String id, String text, String reason) {
    private static final String RESOURCE = "/im/deferred/msrp/rules.properties";
    private static final String REASON = ".reason";

    /** All rules, by their numbers. */
    static List<Rule> all() {
        Properties lines = new Properties();
        try (Reader in = new InputStreamReader(Rule.class.getResourceAsStream(RESOURCE), StandardCharsets.UTF_8)) {
            lines.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new TreeSet<>(lines.stringPropertyNames())
                .stream()
                        .filter(key -> !key.endsWith(REASON))
                        .map(id -> new Rule(id, lines.getProperty(id), lines.getProperty(id + REASON)))
                        .toList();
    }
}
