package im.deferred.msrp.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DigestParametersTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Digest realm=\"a\", nc=00000001",
                "digest  Realm=a,nc=\"00000001\"",
                "DIGEST \tnc=00000001 ,\t realm=\"\\a\" "
            })
    void namesAndSchemeInAnyCaseValuesQuotedOrNot(String header) {
        DigestParameters parameters = DigestParameters.parse(header);

        assertThat(parameters.get("realm")).isEqualTo("a");
        assertThat(parameters.get("nc")).isEqualTo("00000001");
        assertThat(parameters.get("nonce")).isNull();
    }

    @Test
    void quotedStringMayHoldEverythingThatSeparates() {
        String text = "a, b=\"c\" \\ =";

        assertThat(DigestParameters.parse("Digest x=" + DigestParameters.quoted(text) + ", y=1")
                        .get("x"))
                .isEqualTo(text);
        assertThat(DigestParameters.parse("Digest x=\"\"").get("x")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            Basic realm=a        | the scheme is not Digest
            Digestrealm=a        | the scheme is not Digest
            Digest realm         | a parameter without a name
            Digest =a            | a parameter without a name
            Digest a b=c         | a parameter without a name
            Digest a=b,          | a parameter without a name
            Digest a=b,,c=d      | a parameter without a name
            Digest a=            | a value that is neither token nor quoted string
            Digest a=,b=c        | a value that is neither token nor quoted string
            Digest a=b"c         | a value that is neither token nor quoted string
            Digest a="b          | a quoted string without end
            Digest a="b\\        | a quoted string without end
            Digest a="b\\"       | a quoted string without end
            Digest a="b"c=d      | no comma after a parameter
            Digest a=b c=d       | no comma after a parameter
            Digest a=b, A="c"    | a parameter twice
            """)
    void malformed(String header, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DigestParameters.parse(header))
                .withMessage(reason);
    }

    @Test
    void longOrWithControlCharacters() {
        String longest = "Digest a=\"" + "x".repeat(DigestParameters.MAX_LENGTH - 11) + '"';

        assertThat(DigestParameters.parse(longest).get("a")).hasSize(DigestParameters.MAX_LENGTH - 11);
        assertThatIllegalArgumentException().isThrownBy(() -> DigestParameters.parse(longest + ' '));
        assertThatIllegalArgumentException().isThrownBy(() -> DigestParameters.parse("Digest a=\"b\r\nc\""));
    }

    /** Whatever comes, the parser gives a value or its one error. */
    @Test
    void noiseIsReadOrRefused() {
        Random random = new Random(4976);
        String alphabet = "aZ0=\",\\ \t-é;";
        int read = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder header = new StringBuilder("Digest ");
            for (int length = random.nextInt(12); length > 0; length--) {
                header.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                DigestParameters.parse(header.toString());
                read++;
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageNotContaining(header.toString());
            }
        }
        assertThat(read).isPositive();
    }
}
