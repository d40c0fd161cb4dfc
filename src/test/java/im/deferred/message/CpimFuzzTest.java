package im.deferred.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Set;

/** Any octets as message/cpim: refused with a reason, or written so that they mean the same again. */
class CpimFuzzTest {

    private static final Cpim.Limits LIMITS = new Cpim.Limits(20, 200);

    @DictionaryFile(resourcePath = "CpimFuzzTest.dict")
    @FuzzTest
    void whatIsReadIsWrittenTheSame(byte[] octets) throws ParseException {
        Cpim read;
        try {
            read = Cpim.parse(octets, LIMITS);
        } catch (ParseException e) {
            assertThat(e).message().isNotBlank();
            assertThat(e.getErrorOffset()).isBetween(0, octets.length);
            return;
        }
        assertThat(read.contentOffset()).isBetween(2, octets.length);
        byte[] head = read.head().getBytes(StandardCharsets.UTF_8);
        Cpim again = Cpim.parse(head);
        assertThat(again).isEqualTo(new Cpim(read.headers(), read.mime()));
        assertThat(again.contentOffset()).isEqualTo(head.length);
        read.dateTime();
        read.notUnderstood(Set.of());
        for (Cpim.Field field : read.headers()) {
            assertThat(new Cpim.Field("x", Cpim.escape(field.text().strip())).text())
                    .isEqualTo(field.text().strip());
        }
    }
}
