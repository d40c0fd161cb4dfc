package im.deferred.msrp.frame;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Any text as a Byte-Range: refused with a reason, or within its bounds and written so that it means the same again. */
class ByteRangeFuzzTest {

    @FuzzTest
    void whatIsReadIsWrittenTheSame(byte[] octets) {
        ByteRange range;
        try {
            range = ByteRange.parse(new String(octets, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("Byte-Range");
            return;
        }
        assertThat(range.start()).isPositive();
        assertThat(ByteRange.parse(range.toString())).isEqualTo(range);
    }
}
