package im.deferred.registration;

import static im.deferred.core.TestClock.START;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import im.deferred.core.RefusedException;
import java.text.ParseException;
import java.util.Optional;

/** Any document of a NOTIFY: refused, or read into what the database can keep. */
class RegInfoFuzzTest {

    /** Of the column. */
    private static final int MAX_PARAMETERS = 16_384;

    @DictionaryFile(resourcePath = "RegInfoFuzzTest.dict")
    @FuzzTest
    void refusedOrKept(byte[] octets) throws ParseException {
        RegInfo info;
        try {
            info = RegInfo.parse(octets);
        } catch (RefusedException e) {
            assertThat(e.status()).isIn(400, 413);
            return;
        }
        assertThat(info.version()).isBetween(0L, DeltaSeconds.MAX);
        assertThat(info.registrations()).hasSizeLessThanOrEqualTo(RegisterBody.MAX_VALUES);
        assertThat(info.registrations()).extracting(RegInfo.Entry::user).doesNotHaveDuplicates();
        for (RegInfo.Entry entry : info.registrations()) {
            for (ClientContact contact : entry.contacts(Optional.empty(), info.full(), START, START)) {
                assertThat(contact.uri()).isNotBlank().hasSizeLessThanOrEqualTo(RegisterBody.MAX_CONTACT);
                assertThat(contact.expiresAt()).isAfterOrEqualTo(START);
                String kept = HeaderValue.writeParameters(contact.featureTags());
                assertThat(kept).hasSizeLessThanOrEqualTo(MAX_PARAMETERS);
                assertThat(HeaderValue.parseParameters(kept)).isEqualTo(contact.featureTags());
            }
        }
    }
}
