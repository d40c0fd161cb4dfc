package im.deferred.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "sip:a@example.test;tag=x | <sip:a@example.test>;tag=x",
                "<sip:a@example.test;user=phone>;lr | <sip:a@example.test;user=phone>;lr",
                "Alice B <sip:a@example.test> | \"Alice B\" <sip:a@example.test>",
                "\"A \\\"q\\\" \\\\ b\" <sip:a@example.test>;tag=1 | \"A \\\"q\\\" \\\\ b\" <sip:a@example.test>;tag=1",
                "<sip:a@example.test>;p=\"x y\" | <sip:a@example.test>;p=\"x y\"",
                "\"Jürgen\" <tel:+4930> | \"Jürgen\" <tel:+4930>",
            })
    void isWrittenInFull(String given, String full) throws Exception {
        assertThat(Addresses.full(SipDouble.address(given))).isEqualTo(full);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "<sip:a@example.test>;tag=x | <sip:a@example.test>",
                "sip:a@example.test;tag=x | <sip:a@example.test>",
                "\"A <b> \\\" \\c\" <sip:a@example.test>;tag=1 | \"A <b> \\\" c\" <sip:a@example.test>",
            })
    void isWrittenForCpim(String full, String cpim) {
        assertThat(Addresses.cpim(full)).isEqualTo(cpim);
    }
}
