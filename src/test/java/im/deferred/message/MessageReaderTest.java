package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.deferred.core.RefusedException;
import im.deferred.core.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageReaderTest {

    private final MessageReader reader = new MessageReader(new TestClock(), Duration.ofDays(30));
    private final SipDouble.Request request = new SipDouble.Request();

    @Test
    void endToEndHeadersAreKeptAndHopByHopOnesAreNot() throws RefusedException {
        request.header("P-Asserted-Identity", "\"Alice\" <sip:alice@example.test>", "tel:+4930")
                .header("x", "1800")
                .header("X-Custom", "one", "two", "one")
                .header("Route", "<sip:core.example.test;lr>")
                .header("Record-Route", "<sip:core.example.test;lr>")
                .body("text/plain; charset=UTF-8", "Hi".getBytes(StandardCharsets.UTF_8));

        NewMessage message = reader.read(request.api());

        assertThat(message.headers())
                .extracting(Header::toString)
                .containsExactly(
                        "From: \"Alice\" <sip:alice@example.test>;tag=a1",
                        "To: <sip:bob@example.test>",
                        "Call-ID: c1@client",
                        "CSeq: 1 MESSAGE",
                        "P-Asserted-Identity: \"Alice\" <sip:alice@example.test>",
                        "P-Asserted-Identity: <tel:+4930>",
                        "X-Custom: one",
                        "X-Custom: two",
                        "X-Custom: one");
        assertThat(message.recipient()).isEqualTo(BOB);
        assertThat(message.contentType()).isEqualTo("text/plain; charset=UTF-8");
        assertThat(message.body().octets()).asString().isEqualTo("Hi");
        assertThat(message.receivedAt()).isEqualTo(NOW);
        assertThat(message.expiresAt()).isEqualTo(NOW.plus(Duration.ofDays(30)));
    }

    @Test
    void theSenderIsTheAssertedOneOrElseFrom() throws RefusedException {
        assertThat(reader.read(request.api()).sender()).isEqualTo("sip:alice@example.test");
        request.header("P-Asserted-Identity", "<tel:+4930>");
        assertThat(reader.read(request.api()).sender()).isEqualTo("tel:+4930");
    }

    @Test
    void copiesHaveOneKeyAndOthersAnother() throws RefusedException {
        String key = reader.read(request.api()).copyKey();
        request.header("X-Hops", "2");
        assertThat(reader.read(request.api()).copyKey()).isEqualTo(key);

        request.cseq = "2 MESSAGE";
        assertThat(reader.read(request.api()).copyKey()).isNotEqualTo(key);
        request.cseq = "1 MESSAGE";
        request.from = "<sip:alice@example.test>;tag=a2";
        assertThat(reader.read(request.api()).copyKey()).isNotEqualTo(key);
        request.from = "<sip:alice@example.test>;tag=a1";
        request.body("text/plain", new byte[] {1});
        assertThat(reader.read(request.api()).copyKey()).isNotEqualTo(key);
    }

    @Test
    void theSenderMayShortenTheLifeOfAMessageButNotLengthenIt() throws RefusedException {
        request.expires = 60;
        assertThat(reader.read(request.api()).expiresAt()).isEqualTo(NOW.plusSeconds(60));
        request.expires = Integer.MAX_VALUE;
        assertThat(reader.read(request.api()).expiresAt()).isEqualTo(NOW.plus(Duration.ofDays(30)));
    }

    @Test
    void aFoldedHeaderCannotBreakOut() throws RefusedException {
        request.header("Subject", "one\r\n two\r\nVia: evil");
        assertThat(reader.read(request.api()).headers()).contains(new Header("Subject", "one two Via: evil"));
    }

    @ParameterizedTest
    @CsvSource({"im:bob@example.test, 416", "sip:example.test, 404", "tel:112, 404"})
    void aTargetThatIsNoUserIsRefused(String target, int status) {
        request.requestUri = target;
        assertThat(refusal().status()).isEqualTo(status);
    }

    @Test
    void aBrokenIdentityOrCSeqIsRefused() {
        request.header("P-Asserted-Identity", "<sip:");
        assertThat(refusal().status()).isEqualTo(400);
        request.headers.clear();
        request.cseq = "x MESSAGE";
        assertThat(refusal().status()).isEqualTo(400);
    }

    private RefusedException refusal() {
        return catchThrowableOfType(RefusedException.class, () -> reader.read(request.api()));
    }
}
