package im.deferred.registration;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;

/** Any text as an address with parameters: refused with a reason, or kept so that it is read the same again. */
class HeaderValueFuzzTest {

    @DictionaryFile(resourcePath = "HeaderValueFuzzTest.dict")
    @FuzzTest
    void parametersSurviveTheDatabase(byte[] octets) throws ParseException {
        HeaderValue value;
        try {
            value = HeaderValue.parse(new String(octets, StandardCharsets.UTF_8));
        } catch (ParseException e) {
            assertThat(e).message().isNotBlank();
            return;
        }
        assertThat(value.uri()).isNotBlank();
        String kept = HeaderValue.writeParameters(value.parameters());
        assertThat(HeaderValue.parseParameters(kept)).isEqualTo(value.parameters());
    }
}
