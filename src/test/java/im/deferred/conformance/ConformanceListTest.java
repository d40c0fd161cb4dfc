package im.deferred.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That no rule is forgotten, and that the lists say so of each. */
class ConformanceListTest {
    private static final NamedTest ONE = new NamedTest("a.OneTest", "m01_m02_both");
    private static final NamedTest TWO = new NamedTest("a.TwoTest", "m02_more");

    static List<ConformanceList> lists() {
        return ConformanceList.all();
    }

    @ParameterizedTest
    @MethodSource("lists")
    void everyRuleHasATestOrAReasonAndNeverBoth(ConformanceList list) {
        assertThat(list.rules()).allSatisfy(rule -> {
            assertThat(rule.text()).as(rule.id()).isNotBlank();
            assertThat(rule.tests().isEmpty()).as("%s has no test", rule.id()).isEqualTo(rule.reason() != null);
        });
    }

    @ParameterizedTest
    @MethodSource("lists")
    void whatIsNamedIsATest(ConformanceList list) {
        assertThat(list.rules()).flatExtracting(Rule::tests).allMatch(NamedTest::exists, "is a test");
    }

    @Test
    void whatIsNoTestIsTold() {
        assertThat(NamedTest.parse("conformance.ConformanceListTest.whatIsNoTestIsTold")
                        .exists())
                .isTrue();
        assertThat(NamedTest.parse("conformance.ConformanceListTest.lists").exists())
                .isFalse();
        assertThat(NamedTest.parse("conformance.ConformanceListTest.gone").exists())
                .isFalse();
        assertThat(NamedTest.parse("conformance.GoneTest.gone").exists()).isFalse();
    }

    @Test
    void theRulesAreThoseOfTheRfcsAndTestsNameNoOther() {
        assertThat(ConformanceList.msrp().rules())
                .extracting(Rule::id)
                .hasSize(38 + 13)
                .startsWith("M01")
                .contains("M38", "R01")
                .endsWith("R13");
        assertThat(ConformanceList.sip().rules())
                .extracting(Rule::id)
                .containsExactly("S1", "S2", "S3", "S4", "S5", "S6", "S7");
        assertThat(Stream.of(ConformanceList.msrp(), ConformanceList.sip()).flatMap(list -> list.rules().stream()))
                .extracting(Rule::id)
                .containsAll(NamedTest.all().stream()
                        .flatMap(test -> test.rules().stream())
                        .toList());
    }

    @Test
    void theFlowHasAllItsRows() {
        assertThat(ConformanceList.flow().rules())
                .extracting(Rule::id)
                .hasSize(10 + 9 + 8 + 8)
                .startsWith("A01")
                .contains("A10", "F01", "F09", "S01", "S10-13", "W01")
                .endsWith("W08");
    }

    @Test
    void aRuleIsAsGoodAsTheWorstOfItsTests() {
        List<Rule> three = List.of(
                new Rule("M01", "a", null, List.of(ONE)),
                new Rule("M02", "b", null, List.of(ONE, TWO)),
                new Rule("R01", "c", "cannot be seen", List.of()));
        Map<NamedTest, Outcome> outcomes = Map.of(ONE, Outcome.PASSED, TWO, Outcome.FAILED);
        assertThat(new ConformanceList("a.md", "A list", "Of letters.", three).page(outcomes::get))
                .startsWith("# A list\n")
                .contains("Of letters. 3 rules; of those with tests: {passed=1, failed=1}.")
                .contains("| M01 | a | passed | OneTest.m01_m02_both: passed |\n")
                .contains("| M02 | b | failed | OneTest.m01_m02_both: passed<br>TwoTest.m02_more: failed |\n")
                .contains("| R01 | c | cannot be seen |\n");
    }

    @ParameterizedTest
    @MethodSource("lists")
    void whatSeveralRunsTellAddsUp(ConformanceList list, @TempDir Path folder) throws Exception {
        List<NamedTest> tests =
                list.rules().stream().flatMap(rule -> rule.tests().stream()).toList();
        NamedTest first = tests.get(0);
        NamedTest last = tests.get(tests.size() - 1);
        Outcomes outcomes = new Outcomes(folder);
        outcomes.add(Map.of(first, Outcome.FAILED));
        outcomes.add(Map.of(last, Outcome.SKIPPED));
        assertThat(Files.readString(folder.resolve(list.file())))
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
