package im.deferred.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTest {

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nVia: x", "a\nb", "a\rb", "a\u0000b"})
    void aValueStaysOnItsLine(String value) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Header("Subject", value));
        assertThat(Header.unfolded("Subject", value).value()).doesNotContain("\r", "\n", "\u0000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a:", "a\r\n"})
    void aNameIsAToken(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Header(name, "x"));
    }

    @Test
    void aFoldedValueIsUnfolded() {
        assertThat(Header.unfolded("Subject", " one \r\n\t two ").value()).isEqualTo("one two");
        assertThat(Header.unfolded("Subject", "\u0000one\r\n").value()).isEqualTo("one");
    }

    @Test
    void aCompactFormIsTheNameItStandsFor() {
        assertThat(new Header("s", "x").name()).isEqualTo("Subject");
        assertThat(new Header("S", "x").is("subject")).isTrue();
    }

    @Test
    void linesAreReadAsTheyWereWritten() {
        List<Header> headers = List.of(
                new Header("X", ""), new Header("X", "a: b"), new Header("Subject", "Grüße"), new Header("x", " "));
        assertThat(Header.read(Header.write(headers))).isEqualTo(headers);
    }
}
