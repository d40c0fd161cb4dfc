package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SipMessageTest {

    private static SipMessage parse(String text) {
        return SipMessage.parse(text.replace("\n", "\r\n").getBytes(UTF_8));
    }

    @Test
    void readsCompactFoldedAndCommaSeparatedHeaders() {
        SipMessage message = parse("MESSAGE sip:bob@example.test SIP/2.0\n"
                + "v: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa, SIP/2.0/TCP 127.0.0.1:5090;branch=z9hG4bKb;rport\n"
                + "f: \"Smith, Alice\" <sip:alice@example.test>;tag=1\n"
                + "t: <sip:bob@example.test>\n"
                + "i: abc@host\n"
                + "CSeq: 7\n MESSAGE\n"
                + "c: text/plain\n"
                + "l: 5\n\nhello");

        assertThat(message.all("Via")).hasSize(2);
        assertThat(message.topVia().branch()).isEqualTo("z9hG4bKa");
        assertThat(message.from().display()).isEqualTo("Smith, Alice");
        assertThat(message.callId()).isEqualTo("abc@host");
        assertThat(message.cseq()).isEqualTo(7);
        assertThat(message.method()).isEqualTo("MESSAGE");
        assertThat(message.need("Content-Type")).isEqualTo("text/plain");
        assertThat(message.text()).isEqualTo("hello");
    }

    @Test
    void goesOutAsItCameInButForTheTrueContentLength() {
        SipMessage message = SipMessage.request("MESSAGE", "sip:bob@example.test")
                .add("Call-ID", "x")
                .withBody("application/octet-stream", new byte[] {0, 13, 10, 13, 10, -1});

        SipMessage again = SipMessage.parse(message.toBytes());

        assertThat(again.startLine()).isEqualTo(message.startLine());
        assertThat(again.body()).isEqualTo(message.body());
        assertThat(again.need("Content-Length")).isEqualTo("6");
    }

    @Test
    void readsAFragmentWithoutStartLine() {
        SipMessage fragment = parse("From: <sip:alice@example.test>;tag=1\nCall-ID: abc\n\n");

        assertThat(fragment.startLine()).isEmpty();
        assertThat(fragment.callId()).isEqualTo("abc");
        assertThat(fragment.isRequest()).isFalse();
        assertThat(fragment.status()).isZero();
    }

    @Test
    void cutsWhatIsBeyondContentLengthAndRefusesLess() {
        assertThat(parse("SIP/2.0 200 OK\nContent-Length: 2\n\nabcd").text()).isEqualTo("ab");
        assertThatThrownBy(() -> parse("SIP/2.0 200 OK\nContent-Length: 9\n\nabcd"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4 bytes came");
    }

    @Test
    void refusesWhatIsNoSip() {
        assertThatThrownBy(() -> parse("GET / HTTP/1.1\nHost: x\n\n")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> parse("SIP/2.0 200 OK\nno header here\n\n"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void comparesAddressesByTheirMeaning() {
        SipAddress written = SipAddress.parse("\"Alice\" <sip:alice@Example.test;transport=tcp>;tag=9");

        assertThat(written.means(SipAddress.parse("Alice <sip:alice@example.test>;tag=9")))
                .isTrue();
        assertThat(written.means(SipAddress.parse("Alice <sip:alice@example.test>;tag=8")))
                .isFalse();
        assertThat(SipAddress.parse("sip:a@example.test;tag=7").tag()).isEqualTo("7");
        assertThat(SipUri.parse("tel:+15550100;phone-context=x").aor()).isEqualTo("tel:+15550100");
    }

    @Test
    void comparesMediaTypesByTheirMeaning() {
        assertThat(Grammar.sameMediaType("text/plain; charset=\"UTF-8\"", "Text/Plain;charset=UTF-8"))
                .isTrue();
        assertThat(Grammar.sameMediaType("text/plain;charset=UTF-8", "text/plain"))
                .isFalse();
    }
}
