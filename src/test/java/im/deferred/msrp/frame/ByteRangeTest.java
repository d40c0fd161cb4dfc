package im.deferred.msrp.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
    @ParameterizedTest
    @ValueSource(strings = {"1-25/25", "1-*/25", "1-*/*", "1-0/0", "2049-4096/*", "1-999999999999999999/*"})
    void m08_readAndWritten(String value) {
        assertThat(ByteRange.parse(value)).hasToString(value);
    }

    @Test
    void starIsUnknown() {
        assertThat(ByteRange.parse("5-*/*")).isEqualTo(new ByteRange(5, ByteRange.UNKNOWN, ByteRange.UNKNOWN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1-",
                "-5/5",
                "0-5/5",
                "1-5",
                "1-5/",
                "6-4/9",
                "1-10/9",
                "*-5/5",
                "a-b/c",
                "1-5/5/5",
                "1 - 5/5",
                "1-1234567890123456789/*",
                "+1-5/5",
                "1--1/5",
                "1/5-6"
            })
    void m22_anythingElseIsRefused(String value) {
        assertThatThrownBy(() -> ByteRange.parse(value)).isInstanceOf(IllegalArgumentException.class);
    }
}
