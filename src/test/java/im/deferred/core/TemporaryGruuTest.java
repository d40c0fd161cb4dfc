package im.deferred.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemporaryGruuTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sip:tgruu.7hs==jd7@example.test;gr",
                "SIPS:tgruu.7hs==jd7@EXAMPLE.test;lr;GR;x=1",
                "sip:tgruu.7hs==jd7@example.test;gr=?Subject=x",
            })
    void isKnownByAGrWithoutAValue(String uri) {
        assertThat(TemporaryGruu.of(uri)).hasValue(new TemporaryGruu("sip:tgruu.7hs==jd7@example.test"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sip:bob@example.test",
                "sip:bob@example.test;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
                "sip:bob;gr@example.test",
                "sip:bob@example.test;great",
                "sip:bob@example.test?gr;gr",
                "sip:example.test;gr",
                "tel:+4930;gr",
                "sip:a b@example.test;gr",
            })
    void nothingElseIs(String uri) {
        assertThat(TemporaryGruu.of(uri)).isEmpty();
    }

    @Test
    void longerThanAnyAddressIsNone() {
        assertThat(TemporaryGruu.of("sip:" + "b".repeat(Aor.MAX_LENGTH) + "@example.test;gr"))
                .isEmpty();
    }
}
