package im.deferred.conformance;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Rule, tests, result.
 *
 * @param file its name as a page
 * @param title of the page
 * @param about what the rules are
 */
record ConformanceList(String file, String title, String about, List<Rule> rules) {

    /** The rules of MSRP; most of the tests are of the protocol alone. */
    static ConformanceList msrp() {
        return new ConformanceList(
                "msrp-conformance.md",
                "Conformance to MSRP",
                "M: RFC 4975 with the SDP and TLS that belong to it. R: relays, RFC 4976.",
                Rule.all("/im/deferred/msrp/rules.properties"));
    }

    /** What happens to a message from its coming to its leaving; the tests are at the wire where it shows there. */
    static ConformanceList flow() {
        return new ConformanceList(
                "flow-conformance.md",
                "The flow, step by step",
                "A: the facts that are easy to get wrong. F: a push that fails. S: the steps of a push. W: the ways in.",
                Rule.all("/im/deferred/it/flow.properties"));
    }

    /** What SIP asks for around it; the tests are at the wire, with the lab as the core and with Kamailio. */
    static ConformanceList sip() {
        return new ConformanceList(
                "sip-conformance.md",
                "Conformance to SIP",
                "S: what a core and its users are owed.",
                Rule.all("/im/deferred/it/sip.properties"));
    }

    static List<ConformanceList> all() {
        return List.of(msrp(), flow(), sip());
    }

    /** The page: first the rules with tests, then those without one. */
    String page(Function<NamedTest, Outcome> outcomeOf) {
        StringBuilder shown = new StringBuilder();
        StringBuilder notShown = new StringBuilder();
        Map<Outcome, Integer> totals = new TreeMap<>();
        for (Rule rule : rules) {
            if (rule.tests().isEmpty()) {
                notShown.append("| %s | %s | %s |%n".formatted(rule.id(), rule.text(), rule.reason()));
                continue;
            }
            Outcome worst = rule.tests().stream().map(outcomeOf).reduce(Outcome.NOT_RUN, Outcome::and);
            totals.merge(worst, 1, Integer::sum);
            String lines = rule.tests().stream()
                    .map(test -> test + ": " + outcomeOf.apply(test))
                    .collect(Collectors.joining("<br>"));
            shown.append("| %s | %s | %s | %s |%n".formatted(rule.id(), rule.text(), worst, lines));
        }
        return """
                # %s

                %s %d rules; of those with tests: %s.

                | rule | what it requires | result | tests |
                |---|---|---|---|
                %s
                ## Without a test

                | rule | what it requires | reason |
                |---|---|---|
                %s""".formatted(title, about, rules.size(), totals, shown, notShown);
    }
}
