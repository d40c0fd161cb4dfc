package im.deferred.registration;

import static im.deferred.core.TestClock.START;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import im.deferred.core.RefusedException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Arrays;

/** Any body of a REGISTER, its Content-Type in the first line: refused, or read into what the database can keep. */
class RegisterBodyFuzzTest {

    @DictionaryFile(resourcePath = "RegisterBodyFuzzTest.dict")
    @FuzzTest
    void refusedOrKept(byte[] octets) throws ParseException {
        int line = 0;
        while (line < octets.length && octets[line] != '\n') {
            line++;
        }
        String contentType = new String(octets, 0, line, StandardCharsets.UTF_8);
        byte[] content = Arrays.copyOfRange(octets, Math.min(octets.length, line + 1), octets.length);
        RegisterBody body;
        try {
            body = RegisterBody.parse(contentType, content);
        } catch (RefusedException e) {
            assertThat(e.status()).isEqualTo(400);
            return;
        }
        assertThat(body.contacts()).hasSizeLessThanOrEqualTo(RegisterBody.MAX_VALUES);
        assertThat(body.associated()).hasSizeLessThanOrEqualTo(RegisterBody.MAX_VALUES);
        for (ClientContact contact : body.clientContacts(START, START)) {
            assertThat(contact.uri()).isNotBlank();
            assertThat(contact.expiresAt()).isAfterOrEqualTo(START);
            String kept = HeaderValue.writeParameters(contact.featureTags());
            assertThat(HeaderValue.parseParameters(kept)).isEqualTo(contact.featureTags());
        }
    }
}
