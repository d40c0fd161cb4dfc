package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {
    private static final String TEXT = "SHA-256 " + "0A:".repeat(31) + "FF";

    @ParameterizedTest
    @CsvSource({"SHA-256, 32", "SHA-384, 48", "SHA-512, 64"})
    void m38_isTheHashOfTheCertificate(String hashFunction, int octets, @TempDir Path folder) throws Exception {
        Identity one = Identity.of(folder, "127.0.0.1");
        Identity other = Identity.of(folder, "127.0.0.1");
        byte[] hash =
                MessageDigest.getInstance(hashFunction).digest(one.certificate().getEncoded());
        assertThat(hash).hasSize(octets);

        Fingerprint fingerprint =
                new Fingerprint(hashFunction, HexFormat.ofDelimiter(":").formatHex(hash));
        assertThat(fingerprint.matches(one.certificate())).isTrue();
        assertThat(fingerprint.matches(other.certificate())).isFalse();
        assertThat(Fingerprint.parse(fingerprint.toString())).contains(fingerprint);
        assertThat(Fingerprint.of(one.certificate()).matches(one.certificate())).isTrue();
    }

    @Test
    void readsEitherCaseAndWritesOne() {
        assertThat(Fingerprint.parse(TEXT.toLowerCase()).orElseThrow()).hasToString(TEXT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA-1", "MD5", "sha-224", "SHA3-256"})
    void m38_othersTellNothing(String hashFunction) {
        assertThat(Fingerprint.parse(TEXT.replace("SHA-256", hashFunction))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "SHA-256", "SHA-256 0A", "SHA-256 0A:", "SHA-256 :", "SHA-256 0A FF", "SHA-384 0A:FF"})
    void whatIsNoneIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprint.parse(text));
    }

    @Test
    void aValueOfAnotherLengthOrAlphabetIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprint.parse(TEXT + ":00"));
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprint.parse(TEXT.replace(':', '.')));
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprint.parse(TEXT.replace("FF", "FG")));
        assertThatIllegalArgumentException().isThrownBy(() -> Fingerprint.parse(TEXT.replace("SHA-256", "SHA-512")));
    }
}
