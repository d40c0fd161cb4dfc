package im.deferred.msrp.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That no rule is forgotten, and that the list says so of each. */
class ConformanceListTest {
    private static final NamedTest ONE = new NamedTest("a.OneTest", "m01_m02_both");
    private static final NamedTest TWO = new NamedTest("a.TwoTest", "m02_more");

    private final List<Rule> rules = Rule.all();

    private static Set<String> shown() {
        return NamedTest.all().stream().flatMap(test -> test.rules().stream()).collect(Collectors.toSet());
    }

    @Test
    void everyRuleHasATestOrAReasonAndNeverBoth() {
        Set<String> shown = shown();
        assertThat(rules)
                .allSatisfy(rule -> assertThat(shown.contains(rule.id()))
                        .as("%s is shown by a test", rule.id())
                        .isEqualTo(rule.reason() == null));
    }

    @Test
    void theRulesAreThoseOfBothRfcsAndTestsNameNoOther() {
        assertThat(rules)
                .extracting(Rule::id)
                .hasSize(38 + 13)
                .startsWith("M01")
                .contains("M38", "R01")
                .endsWith("R13");
        assertThat(rules).extracting(Rule::id).containsAll(shown());
    }

    @Test
    void aRuleIsAsGoodAsTheWorstOfItsTests() {
        List<Rule> three =
                List.of(new Rule("M01", "a", null), new Rule("M02", "b", null), new Rule("R01", "c", "cannot be seen"));
        Map<NamedTest, Outcome> outcomes = Map.of(ONE, Outcome.PASSED, TWO, Outcome.FAILED);
        assertThat(ConformanceList.page(three, List.of(ONE, TWO), outcomes::get))
                .contains("3 rules; of those with tests: {passed=1, failed=1}.")
                .contains("| M01 | a | passed | OneTest.m01_m02_both: passed |\n")
                .contains("| M02 | b | failed | OneTest.m01_m02_both: passed<br>TwoTest.m02_more: failed |\n")
                .contains("| R01 | c | cannot be seen |\n");
    }

    @Test
    void whatSeveralRunsTellAddsUp(@TempDir Path folder) throws Exception {
        NamedTest first = NamedTest.all().get(0);
        NamedTest last = NamedTest.all().get(NamedTest.all().size() - 1);
        ConformanceList list = new ConformanceList(folder);
        list.add(Map.of(first, Outcome.FAILED));
        list.add(Map.of(last, Outcome.SKIPPED));
        assertThat(Files.readString(folder.resolve("msrp-conformance.md")))
                .contains(first + ": failed")
                .contains(last + ": skipped")
                .contains(": not run");
    }

    @Test
    void ofSeveralRunsOfOneTestTheWorstCounts() {
        assertThat(Outcome.PASSED.and(Outcome.FAILED).and(Outcome.PASSED)).isEqualTo(Outcome.FAILED);
        assertThat(Outcome.NOT_RUN.and(Outcome.PASSED)).isEqualTo(Outcome.PASSED);
        assertThat(Outcome.PASSED.and(Outcome.SKIPPED)).isEqualTo(Outcome.SKIPPED);
    }
}
