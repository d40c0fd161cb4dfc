package im.deferred.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedSipTest {

    private static final String REGISTER = "REGISTER sip:example.test SIP/2.0\r\n";
    private static final String OK = "SIP/2.0 200 OK\r\n";

    @Test
    void tellsRegisterFromItsOk() throws ParseException {
        assertThat(parse(REGISTER + "CSeq: 1 REGISTER\r\n\r\n").isRegister()).isTrue();
        assertThat(parse(REGISTER + "CSeq: 1 REGISTER\r\n\r\n").isSuccessOfRegister())
                .isFalse();
        assertThat(parse(OK + "CSeq: 1 REGISTER\r\n\r\n").isSuccessOfRegister()).isTrue();
        assertThat(parse(OK + "CSeq: 1 MESSAGE\r\n\r\n").isSuccessOfRegister()).isFalse();
        assertThat(parse(OK + "\r\n").isSuccessOfRegister()).isFalse();
        assertThat(parse("SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\n\r\n").isSuccessOfRegister())
                .isFalse();
        assertThat(parse("SIP/2.0 200\r\nCSeq: 1 REGISTER\r\n\r\n").isSuccessOfRegister())
                .isTrue();
    }

    @Test
    void takesValuesFromOneLineAndFromSeveral() throws ParseException {
        EmbeddedSip message = parse(OK
                + "Contact: <sip:bob@192.0.2.1>, \"Bob, at home\" <sip:bob@192.0.2.2;a,b>\r\n"
                + "m: sip:bob@192.0.2.3;expires=60\r\n\r\n");

        assertThat(message.values("contact"))
                .containsExactly(
                        "<sip:bob@192.0.2.1>",
                        "\"Bob, at home\" <sip:bob@192.0.2.2;a,b>",
                        "sip:bob@192.0.2.3;expires=60");
    }

    @Test
    void joinsFoldedLines() throws ParseException {
        assertThat(parse(OK + "Contact: <sip:bob@192.0.2.1>\r\n ;expires=60\r\n\t;q=0.5\r\nCSeq: 1 REGISTER\r\n")
                        .values("contact"))
                .containsExactly("<sip:bob@192.0.2.1> ;expires=60 ;q=0.5");
    }

    @Test
    void namesAreCaseInsensitiveAndMayHaveSpaceBeforeTheColon() throws ParseException {
        assertThat(parse(OK + "USER-Agent  : OMA/1.0\r\n\r\n").first("user-agent"))
                .hasValue("OMA/1.0");
    }

    @Test
    void emptyLineBehindTheHeadersMayBeMissing() throws ParseException {
        assertThat(parse(OK + "CSeq: 1 REGISTER").isSuccessOfRegister()).isTrue();
    }

    @Test
    void bareLineFeedsAreTaken() throws ParseException {
        assertThat(parse("SIP/2.0 200 OK\nCSeq: 1 REGISTER\n\n").isSuccessOfRegister())
                .isTrue();
    }

    @Test
    void bodyIsNotLookedAt() throws ParseException {
        assertThat(parse(OK + "CSeq: 1 REGISTER\r\n\r\nno header at all \0").headers())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\r\n",
                "REGISTER sip:example.test",
                "REGISTER sip:example.test SIP/3.0",
                "register sip:example.test SIP/2.0",
                "SIP/2.0 2000 OK",
                "SIP/2.0 OK",
                "HTTP/1.1 200 OK",
                "\0\1\2\3",
            })
    void refusesWhatHasNoStartLine(String text) {
        assertThatExceptionOfType(ParseException.class)
                .isThrownBy(() -> parse(text))
                .withMessage("no SIP start line");
    }

    @ParameterizedTest
    @ValueSource(strings = {"no colon\r\n", ": nameless\r\n", "two words: x\r\n", " folds onto nothing\r\n"})
    void refusesHeaderLineWithoutName(String line) {
        assertThatExceptionOfType(ParseException.class)
                .isThrownBy(() -> parse(OK + line + "\r\n"))
                .withMessage("a header line without a name");
    }

    @Test
    void refusesControlCharacters() {
        assertThatExceptionOfType(ParseException.class)
                .isThrownBy(() -> parse(OK + "Contact: <sip:b\0b@192.0.2.1>\r\n\r\n"))
                .withMessage("a control character in a header");
    }

    @Test
    void refusesTooManyHeaders() {
        assertThatExceptionOfType(ParseException.class)
                .isThrownBy(() -> parse(OK + "X: y\r\n".repeat(EmbeddedSip.MAX_HEADERS + 1)))
                .withMessage("more than 200 headers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"Bob <sip:bob@192.0.2.1>", "<sip:bob@192.0.2.1", "\"Bob\\\" <sip:bob@192.0.2.1>"})
    void refusesValuesThatStayOpen(String value) throws ParseException {
        EmbeddedSip message = parse(OK + "Contact: " + value + "\r\n\r\n");

        assertThatExceptionOfType(ParseException.class).isThrownBy(() -> message.values("contact"));
    }

    @Test
    void headerValueHasUriAndParametersInOrder() throws ParseException {
        HeaderValue value = HeaderValue.parse("\"Bob; <x> \\\"B\\\"\" <sip:bob@192.0.2.1;transport=tcp>;+G.oma.sip-im"
                + ";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>\";q=0.5 ; expires = 60");

        assertThat(value.uri()).isEqualTo("sip:bob@192.0.2.1;transport=tcp");
        assertThat(value.parameters())
                .containsExactly(
                        entry("+g.oma.sip-im", ""),
                        entry("+sip.instance", "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"),
                        entry("q", "0.5"),
                        entry("expires", "60"));
    }

    @Test
    void withoutBracketsParametersAreTheHeaders() throws ParseException {
        HeaderValue value = HeaderValue.parse("sip:bob@192.0.2.1;expires=60");

        assertThat(value.uri()).isEqualTo("sip:bob@192.0.2.1");
        assertThat(value.parameters()).containsExactly(entry("expires", "60"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "<>", "<\0>", "\"Bob\" < >", "<sip:bob@192.0.2.1> x"})
    void refusesHeaderValueWithoutUri(String text) {
        assertThatExceptionOfType(ParseException.class).isThrownBy(() -> HeaderValue.parse(text));
    }

    @Test
    void parametersAreReadAsTheyWereWritten() throws ParseException {
        String text = "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp,\\\"a\\\\b\\\";c=d\";+g.oma.sip-im;q=0.5";
        var parameters = HeaderValue.parseParameters(text);

        assertThat(HeaderValue.parseParameters(HeaderValue.writeParameters(parameters)))
                .containsExactlyEntriesOf(parameters);
        assertThat(parameters).containsEntry("+g.3gpp.icsi-ref", "urn%3Aurn-7%3A3gpp,\"a\\b\";c=d");
    }

    @Test
    void aParameterWithoutAProperNameIsLeftOut() throws ParseException {
        assertThat(HeaderValue.parse("<sip:bob@192.0.2.1>;=a;\"b=c\";d<e=f>;q=1")
                        .parameters())
                .containsExactly(entry("q", "1"));
    }

    private static EmbeddedSip parse(String text) throws ParseException {
        return EmbeddedSip.parse(text.getBytes(StandardCharsets.UTF_8));
    }
}
