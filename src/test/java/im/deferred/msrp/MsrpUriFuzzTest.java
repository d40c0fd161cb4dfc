package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Any text as a path of MSRP URIs: refused with a reason, or written so that it means the same again. */
class MsrpUriFuzzTest {

    @DictionaryFile(resourcePath = "MsrpUriFuzzTest.dict")
    @FuzzTest
    void whatIsReadIsWrittenTheSame(byte[] octets) {
        List<MsrpUri> path;
        try {
            path = MsrpUri.parsePath(new String(octets, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("not an MSRP URI (");
            return;
        }
        String written = MsrpUri.formatPath(path);
        List<MsrpUri> again = MsrpUri.parsePath(written);
        assertThat(written).matches("[ -~]+");
        assertThat(again).isEqualTo(path).hasSameHashCodeAs(path);
        assertThat(MsrpUri.formatPath(again)).isEqualTo(written);
        for (int i = 0; i < path.size(); i++) {
            assertThat(again.get(i).user()).isEqualTo(path.get(i).user());
            assertThat(again.get(i).parameters()).isEqualTo(path.get(i).parameters());
        }
    }
}
