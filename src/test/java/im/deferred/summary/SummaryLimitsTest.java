package im.deferred.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SummaryLimitsTest {

    @ParameterizedTest
    @CsvSource({
        "0, 1, PT1M, PT1H, PT24H, PT1S",
        "1, 0, PT1M, PT1H, PT24H, PT1S",
        "1, 1, PT-1S, PT1H, PT24H, PT1S",
        "1, 1, PT61M, PT2H, PT24H, PT1S",
        "1, 1, PT2M, PT1M, PT24H, PT1S",
        "1, 1, PT1M, PT2H, PT1H, PT1S",
        "1, 1, PT1M, PT1H, PT24H, PT-1S"
    })
    void outOfBoundsIsRefused(
            int all, int one, Duration shortest, Duration usual, Duration longest, Duration interval) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SummaryLimits(all, one, shortest, usual, longest, interval));
    }

    @Test
    void usualIsWhatTheRfcSays() {
        assertThat(SummaryLimits.DEFAULTS.usual()).isEqualTo(Duration.ofSeconds(3600));
    }
}
