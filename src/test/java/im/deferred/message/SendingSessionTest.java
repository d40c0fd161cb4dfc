package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.NOW;
import static im.deferred.message.Messages.send;
import static im.deferred.message.Messages.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import javax.servlet.sip.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SendingSessionTest {

    private static final Body HELLO = Body.of("Hello".getBytes(StandardCharsets.UTF_8));

    private static final Function<URI, Optional<Aor>> NOBODY_IS_HIDDEN = uri -> Optional.empty();

    private final SipDouble.Request invite = new SipDouble.Request();

    @Test
    void theInviteSaysWhoSpeaksToWhom() throws RefusedException {
        invite.header("P-Asserted-Identity", "\"Alice\" <sip:alice@example.test>", "tel:+4930")
                .header("Privacy", "id")
                .header("Subject", "not of the messages");

        SendingSession session = SendingSession.of(invite.api(), NOBODY_IS_HIDDEN);

        assertThat(session.recipient()).isEqualTo(BOB);
        assertThat(session.sender()).isEqualTo("sip:alice@example.test");
        assertThat(session.callId()).isEqualTo("c1@client");
        assertThat(session.headers())
                .extracting(Header::toString)
                .containsExactly(
                        "From: \"Alice\" <sip:alice@example.test>;tag=a1",
                        "To: <sip:bob@example.test>",
                        "P-Asserted-Identity: \"Alice\" <sip:alice@example.test>",
                        "P-Asserted-Identity: <tel:+4930>",
                        "Privacy: id");
    }

    @Test
    void aTemporaryGruuIsOfTheUserWhoseDeviceHasIt() throws RefusedException {
        invite.requestUri = "sip:tgruu.1@example.test;gr";

        SendingSession session = SendingSession.of(
                invite.api(),
                uri -> Optional.of(BOB).filter(bob -> uri.toString().equals(invite.requestUri)));

        assertThat(session.recipient()).isEqualTo(BOB);
    }

    @ParameterizedTest
    @CsvSource({"im:bob@example.test, 416", "sip:example.test, 404"})
    void aTargetThatIsNoUserIsRefused(String target, int status) {
        invite.requestUri = target;
        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> SendingSession.of(invite.api(), NOBODY_IS_HIDDEN));
        assertThat(refused.status()).isEqualTo(status);
    }

    @Test
    void aBrokenIdentityIsRefused() {
        invite.header("P-Asserted-Identity", "<sip:");
        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> SendingSession.of(invite.api(), NOBODY_IS_HIDDEN));
        assertThat(refused.status()).isEqualTo(400);
    }

    @Test
    void ofASendItsPathsIdAndOwnHeadersAreKept() {
        SendHead head = send(
                "12339sdqwer",
                "text/plain",
                new Header("Message-ID", "12339sdqwer"),
                new Header("Byte-Range", "1-5/5"),
                new Header("Success-Report", "yes"),
                new Header("failure-report", "no"),
                new Header("Authorization", "Digest username=\"alice\""),
                new Header("X#Custom", "one"),
                new Header("Content-Disposition", "inline"),
                new Header("Content-Type", "text/plain"));

        NewMessage message = session(BOB).message(head, NOW.plusNanos(1), Duration.ofHours(1), HELLO);

        assertThat(message.headers())
                .extracting(Header::toString)
                .containsExactly(
                        "To-Path: msrp://192.0.2.1:2855/s.111;tcp",
                        "From-Path: msrp://192.0.2.9:7654/a.222;tcp",
                        "Message-ID: 12339sdqwer",
                        "From: \"Alice\" <sip:alice@example.test>;tag=a1",
                        "To: <sip:bob@example.test>",
                        "P-Asserted-Identity: <sip:alice@example.test>",
                        "X#Custom: one",
                        "Content-Disposition: inline");
        assertThat(message.origin()).isEqualTo(Origin.MSRP_SEND);
        assertThat(message.receivedAt()).isEqualTo(NOW);
        assertThat(message.expiresAt()).isEqualTo(NOW.plus(Duration.ofHours(1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"From", "f", "TO", "t", "P-Asserted-Identity", "p-preferred-identity"})
    void aSendDoesNotSayWhoSpeaks(String name) {
        SendHead head = send("12339sdqwer", "text/plain", new Header(name, "<sip:eve@example.test>"));
        assertThat(session(BOB).message(head, NOW, Duration.ofHours(1), HELLO).headers())
                .extracting(Header::value)
                .doesNotContain("<sip:eve@example.test>");
    }

    @Test
    void aContentTypeFitsALine() {
        SendHead head = send("12339sdqwer", "text/plain\r\nX: y");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> session(BOB).message(head, NOW, Duration.ofHours(1), HELLO));
    }

    @ParameterizedTest
    @CsvSource({
        "application/im-iscomposing+xml;charset=utf-8, '', true",
        "text/plain, '', false",
        "message/cpim, 'From: <sip:a@b.test>~~Content-Type: application/im-iscomposing+xml~~<isComposing/>', true",
        "message/cpim, 'From: <sip:a@b.test>~~Content-Type: text/plain~~<isComposing/>', false",
        "message/cpim, 'no head', false"
    })
    void whatTellsThatSomebodyWritesIsOfTheMoment(String contentType, String body, boolean ofTheMoment) {
        byte[] octets = body.replace("~", "\r\n").getBytes(StandardCharsets.UTF_8);
        assertThat(Messages.sent(BOB, "12339sdqwer", contentType, Body.of(octets))
                        .isOfTheMoment())
                .isEqualTo(ofTheMoment);
    }
}
