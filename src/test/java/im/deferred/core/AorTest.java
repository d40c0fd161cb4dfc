package im.deferred.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AorTest {

    @ParameterizedTest
    @CsvSource({
        "sip:bob@example.test, sip:bob@example.test",
        "SIP:bob@EXAMPLE.Test, sip:bob@example.test",
        "sips:bob@example.test, sip:bob@example.test",
        "sip:bob@example.test;user=phone?Subject=x, sip:bob@example.test",
        "sip:%62ob@example.test, sip:bob@example.test",
        "sip:b%3Bb@example.test, sip:b%3Bb@example.test",
        "sip:b%3bb@example.test, sip:b%3Bb@example.test",
        "sip:bob:secret@example.test, sip:bob@example.test",
        "sip:bob@example.test:5070, sip:bob@example.test:5070",
        "sip:bob@[2001:DB8::1], sip:bob@[2001:db8::1]",
        "tel:+49-(30)-12.34, tel:+49301234",
        "tel:+4930;isub=12, tel:+4930",
        "tel:7042;phone-context=Example.Test, tel:7042;phone-context=example.test",
    })
    void isCanonical(String given, String canonical) {
        assertThat(new Aor(given)).hasToString(canonical);
    }

    @Test
    void userPartIsCaseSensitive() {
        assertThat(new Aor("sip:Bob@example.test")).isNotEqualTo(new Aor("sip:bob@example.test"));
    }

    @Test
    void domainIsWithoutPort() {
        assertThat(new Aor("sip:bob@Example.test:5070").domain()).hasValue("example.test");
        assertThat(new Aor("sip:bob@[::1]").domain()).hasValue("[::1]");
        assertThat(new Aor("tel:+491234").domain()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bob",
                "mailto:bob@example.test",
                "sip:example.test",
                "sip:bob@",
                "sip:bob@exa mple",
                "sip:b%zzb@example.test",
                "sip:b%2",
                "sip:b%+1@example.test",
                "sip:b ob@example.test",
                "tel:",
                "tel:12x",
                "tel:1234",
                "tel:1234;phone-context=a>b",
                "tel:1234;phone-context=",
            })
    void refusesWhatNamesNoUser(String given) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Aor(given));
    }
}
