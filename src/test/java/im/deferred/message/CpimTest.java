package im.deferred.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import im.deferred.message.Cpim.Address;
import im.deferred.message.Cpim.Field;
import java.text.ParseException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CpimTest {

    private static final String IMDN = "urn:ietf:params:imdn";

    private static final String MESSAGE = """
            From: Alice <im:alice@example.test>
            To: "Bob \\"B\\" \\u00e9" <im:bob@example.test>
            cc: <im:carol@example.test>
            DateTime: 2026-11-22T09:05:03.25+01:00
            Subject: Grüße
            Subject:;lang=fr;x="a b;c" Salut
            NS: imdn <urn:ietf:params:imdn>
            imdn.Message-ID: 34jk324j

            Content-Type: text/plain;
             charset=utf-8
            Content-ID: <1@example.test>

            Hi
            """.replace("\n", "\r\n");

    @Test
    void c01_headersThenMimeThenContent() throws ParseException {
        Cpim cpim = read(MESSAGE);

        assertThat(cpim.headers())
                .extracting(Field::name)
                .containsExactly("From", "To", "cc", "DateTime", "Subject", "Subject", "NS", "imdn.Message-ID");
        assertThat(cpim.dateTime()).contains(Instant.parse("2026-11-22T08:05:03.250Z"));
        assertThat(cpim.mime())
                .containsExactly(
                        new Header("Content-Type", "text/plain; charset=utf-8"),
                        new Header("Content-ID", "<1@example.test>"));
        assertThat(cpim.contentType()).isEqualTo("text/plain; charset=utf-8");
        byte[] octets = MESSAGE.getBytes(UTF_8);
        assertThat(Arrays.copyOfRange(octets, cpim.contentOffset(), octets.length))
                .asString(UTF_8)
                .isEqualTo("Hi\r\n");
    }

    @Test
    void c01_subjectsInSeveralLanguages() throws ParseException {
        List<Field> subjects = read(MESSAGE).headers(Cpim.CORE, "Subject");

        assertThat(subjects).extracting(Field::text).containsExactly("Grüße", "Salut");
        assertThat(subjects.get(0).language()).isEmpty();
        assertThat(subjects.get(1).language()).contains("fr");
        assertThat(subjects.get(1).parameters()).containsExactly("lang=fr", "x=\"a b;c\"");
    }

    @Test
    void c01_writtenAsItWasRead() throws ParseException {
        Cpim cpim = read(MESSAGE);

        assertThat(cpim.head() + "Hi\r\n").isEqualTo(MESSAGE.replace(";\r\n charset", "; charset"));
        assertThat(read(cpim.head())).isEqualTo(new Cpim(cpim.headers(), cpim.mime()));
    }

    @Test
    void c01_headersOfMessagesAreNotFoldedAndMindTheCase() throws ParseException {
        assertFails("From: <im:a@x>\r\n <im:b@x>\r\n\r\n\r\n", "not the name of a header", 16);
        assertThat(read("from: <im:a@x>\r\n\r\n\r\n").addresses("From")).isEmpty();
    }

    @Test
    void c01_lineFeedsAlone() throws ParseException {
        Cpim cpim = read(MESSAGE.replace("\r", ""));

        assertThat(cpim.head()).isEqualTo(read(MESSAGE).head());
        assertThat(cpim.contentOffset()).isEqualTo(MESSAGE.replace("\r", "").getBytes(UTF_8).length - 3);
    }

    @Test
    void c01_aDateThatCannotBeReadIsNone() throws ParseException {
        assertThat(read("DateTime: yesterday\r\n\r\n\r\n").dateTime()).isEmpty();
        assertThat(read("\r\n\r\n").dateTime()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "From: <im:a@x>\r\n",
                "From: <im:a@x>\r\n\r\nContent-Type: text/plain\r\n",
                "Hello\r\n\r\n\r\n",
                ": x\r\n\r\n\r\n",
                "a.b.c: x\r\n\r\n\r\n",
                "a b: x\r\n\r\n\r\n",
                "a: b\rc\r\n\r\n\r\n",
                "Subject:; x\r\n\r\n\r\n",
                "Subject:;x=\"a b\r\n\r\n\r\n",
                "\r\nHello\r\n\r\n",
                "\r\nContent Type: x\r\n\r\n"
            })
    void c01_whatIsNoneIsToldSo(String text) {
        assertThatExceptionOfType(ParseException.class).isThrownBy(() -> read(text));
    }

    @Test
    void c01_limits() throws ParseException {
        Cpim.Limits limits = new Cpim.Limits(2, 6);
        String most = "a: bcd\r\n\r\nb: cde\r\n\r\n";
        assertThat(Cpim.parse(most.getBytes(UTF_8), limits).headers()).hasSize(1);
        for (String more : List.of("a: bcde\r\n\r\n\r\n", "a: b\r\nb: c\r\n\r\nd: e\r\n\r\n", "a: bcdefghi")) {
            assertThatExceptionOfType(ParseException.class).isThrownBy(() -> Cpim.parse(more.getBytes(UTF_8), limits));
        }
    }

    @Test
    void c02_prefixesNameNamespaces() throws ParseException {
        Cpim cpim = read("""
                imdn.Message-ID: unknown
                NS: imdn <urn:ietf:params:imdn>
                NS: i <urn:ietf:params:imdn>
                NS: other <urn:example:other>
                imdn.Message-ID: 1
                i.Message-ID: 2
                other.Message-ID: 3
                Message-ID: 4

                """ + "\n");

        assertThat(cpim.headers(IMDN, "Message-ID")).extracting(Field::value).containsExactly("1", "2");
        assertThat(cpim.headers(Cpim.CORE, "Message-ID"))
                .extracting(Field::value)
                .containsExactly("4");
        assertThat(cpim.head()).contains("other.Message-ID: 3\r\n");
    }

    @Test
    void c02_aNamespaceWithoutPrefixIsThatOfPlainNames() throws ParseException {
        Cpim cpim = read("Subject: one\r\nNS: <urn:example:other>\r\nSubject: two\r\n\r\n\r\n");

        assertThat(cpim.headers(Cpim.CORE, "Subject")).extracting(Field::value).containsExactly("one");
        assertThat(cpim.headers("urn:example:other", "Subject"))
                .extracting(Field::value)
                .containsExactly("two");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Subject, cc|",
                "imdn.Message-ID|imdn.Message-ID",
                "i.Message-ID|",
                "i.Message-ID, i.Other, Wormhole|i.Other,Wormhole"
            })
    void c02_requireTellsWhatIsNotUnderstood(String required, String missing) throws ParseException {
        Cpim cpim = read("NS: i <urn:ietf:params:imdn>\r\nRequire: " + required + "\r\n\r\n\r\n");

        assertThat(cpim.notUnderstood(Set.of(IMDN + "Message-ID")))
                .containsExactly(missing == null ? new String[0] : missing.split(","));
    }

    @Test
    void c03_addresses() throws ParseException {
        Cpim cpim = read(MESSAGE);

        assertThat(cpim.addresses("From")).containsExactly(new Address("Alice", "im:alice@example.test"));
        assertThat(cpim.addresses("To")).containsExactly(new Address("Bob \"B\" é", "im:bob@example.test"));
        assertThat(cpim.addresses("cc")).containsExactly(new Address("", "im:carol@example.test"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "im:a@x", "Alice", "<>", "<im:a@x", "<im:a@x> x"})
    void c03_anAddressHasAUri(String address) {
        assertThatExceptionOfType(ParseException.class).isThrownBy(() -> Address.parse(address));
    }

    @Test
    void c03_escapesSurvive() throws ParseException {
        String value = "\\\\ \\\" \\' \\b\\t\\n\\r \\u00fc \\u00 \\x \\";
        Cpim cpim = read("Subject: " + value + "\r\n\r\n\r\n");

        Field subject = cpim.headers(Cpim.CORE, "Subject").get(0);
        assertThat(subject.value()).isEqualTo(value);
        assertThat(subject.text()).isEqualTo("\\ \" ' \b\t\n\r ü \\u00 \\x \\");
        assertThat(cpim.head()).contains(value);
    }

    @Test
    void c03_whatIsEscapedIsReadTheSame() {
        String text = "C:\\new \\u0041 \"it's\"\r\n\t\b\u0001\u007f ☂";

        assertThat(Cpim.escape(text)).isEqualTo("C:\\\\new \\\\u0041 \"it's\"\\r\\n\\t\\b\\u0001\\u007f ☂");
        assertThat(new Field("Subject", Cpim.escape(text)).text()).isEqualTo(text);
    }

    @Test
    void noHeaderOpensANewLine() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Field("Subject", "a\r\nb"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Field("Subject", List.of("a\nb"), "c"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Field("Subject", List.of("a b"), "c"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Field("Sub:ject", "a"));
    }

    private static Cpim read(String text) throws ParseException {
        return Cpim.parse(text.getBytes(UTF_8));
    }

    private static void assertFails(String text, String reason, int offset) {
        assertThatExceptionOfType(ParseException.class)
                .isThrownBy(() -> read(text))
                .withMessage(reason)
                .satisfies(e -> assertThat(e.getErrorOffset()).isEqualTo(offset));
    }
}
