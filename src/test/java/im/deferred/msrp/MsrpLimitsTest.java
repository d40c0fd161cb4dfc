package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MsrpLimitsTest {
    @Test
    void whatIsNotSetIsTheDefault() {
        MsrpLimits limits = MsrpLimits.builder().chunkLength(100).build();
        assertThat(limits.chunkLength()).isEqualTo(100);
        assertThat(limits)
                .usingRecursiveComparison()
                .ignoringFields("chunkLength")
                .isEqualTo(MsrpLimits.DEFAULTS);
    }

    @Test
    void aChunkMayBeAsLongAsAMessageUnlessSet() {
        assertThat(MsrpLimits.builder().maxMessageLength(5).build().maxChunkLength())
                .isEqualTo(5);
        assertThat(MsrpLimits.builder().maxChunkLength(5).build().maxChunkLength())
                .isEqualTo(5);
    }

    @Test
    void whatIsNotPositiveIsRefused() {
        MsrpLimits.Builder none = MsrpLimits.builder().maxConnections(0);
        assertThatThrownBy(none::build).hasMessage("maxConnections must be positive: 0");
        MsrpLimits.Builder tooShort = MsrpLimits.builder().frameTimeout(Duration.ofNanos(999_999));
        assertThatThrownBy(tooShort::build).hasMessage("frameTimeout must be positive: 0");
    }
}
