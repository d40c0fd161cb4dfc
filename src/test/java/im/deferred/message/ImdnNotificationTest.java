package im.deferred.message;

import static im.deferred.message.Imdns.cpim;
import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rules I2 and I4. */
class ImdnNotificationTest {

    private static ImdnNotification notification(String cpim, ImdnStatus status) {
        return new ImdnNotification(
                ImdnRequest.of(Imdns.message("c1", cpim)).orElseThrow(), status, "n-1", NOW.plusSeconds(60));
    }

    private static String body(ImdnNotification notification) {
        return new String(notification.body(), StandardCharsets.UTF_8);
    }

    @Test
    void i2_isCpimAroundXml() {
        assertThat(body(notification(cpim("negative-delivery"), ImdnStatus.FAILED)))
                .isEqualTo("""
                        From: Bob <im:bob@example.test>
                        To: Alice <im:alice@example.test>
                        DateTime: 2026-11-22T08:06:03.250Z
                        NS: imdn <urn:ietf:params:imdn>
                        imdn.Message-ID: n-1.failed

                        Content-Type: message/imdn+xml
                        Content-Disposition: notification
                        Content-Length: 351

                        """.replace("\n", "\r\n") + "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                        + "<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">"
                        + "<message-id>m1</message-id>"
                        + "<datetime>2026-11-22T09:05:03+01:00</datetime>"
                        + "<recipient-uri>im:bob@example.test</recipient-uri>"
                        + "<original-recipient-uri>im:bob@example.test</original-recipient-uri>"
                        + "<delivery-notification><status><failed/></status></delivery-notification>"
                        + "</imdn>");
    }

    @Test
    void i3_tellsThatAMessageIsStored() {
        assertThat(body(notification(cpim("processing"), ImdnStatus.STORED)))
                .endsWith("<processing-notification><status><stored/></status></processing-notification></imdn>")
                .contains("imdn.Message-ID: n-1.stored\r\n");
    }

    @Test
    void i2_whatTheSenderWroteCannotBreakTheXml() {
        String text = body(notification(
                cpim("processing")
                        .replace("Message-ID: m1", "Message-ID: </message-id>&\"")
                        .replace("DateTime:", "imdn.Original-To: <sip:a&b@c>\r\nDateTime:"),
                ImdnStatus.STORED));
        assertThat(text)
                .contains("<message-id>&lt;/message-id&gt;&amp;\"</message-id>")
                .contains("<original-recipient-uri>sip:a&amp;b@c</original-recipient-uri>");
    }

    @Test
    void i4_goesBackByTheWayThatWasRecorded() {
        ImdnNotification routed = notification(
                cpim("processing")
                        .replace(
                                "DateTime:",
                                "imdn.IMDN-Record-Route: Near <sip:near.example.test>\r\n"
                                        + "imdn.IMDN-Record-Route: <sip:far.example.test>\r\nDateTime:"),
                ImdnStatus.STORED);

        assertThat(routed.target()).isEqualTo("sip:near.example.test");
        assertThat(body(routed))
                .contains("imdn.IMDN-Route: <sip:near.example.test>\r\nimdn.IMDN-Route: <sip:far.example.test>\r\n");
    }

    @Test
    void i4_asksForNothingItself() {
        NewMessage message = notification(cpim("processing"), ImdnStatus.STORED).message(NOW, Duration.ofDays(1));

        assertThat(ImdnRequest.of(message)).isEmpty();
        assertThat(message.headers()).contains(new Header("Auto-Submitted", "auto-replied"));
        assertThat(new String(message.body().octets(), StandardCharsets.UTF_8)).doesNotContain("Disposition-Not");
    }

    @Test
    void isAMessageFromTheRecipientToTheSender() {
        NewMessage message = notification(cpim("processing"), ImdnStatus.STORED).message(NOW, Duration.ofDays(1));

        assertThat(message.recipient()).isEqualTo(Imdns.ALICE);
        assertThat(message.sender()).isEqualTo(BOB.uri());
        assertThat(message.headers())
                .extracting(Header::toString)
                .containsExactly(
                        "From: <sip:bob@example.test>;tag=n-1",
                        "To: <sip:alice@example.test>",
                        "Call-ID: n-1.stored",
                        "CSeq: 1 MESSAGE",
                        "P-Asserted-Identity: <sip:bob@example.test>",
                        "Auto-Submitted: auto-replied");
        assertThat(message.expiresAt()).isEqualTo(NOW.plus(Duration.ofDays(1)));
    }

    @Test
    void madeAgainItIsACopy() {
        NewMessage first =
                notification(cpim("negative-delivery"), ImdnStatus.FAILED).message(NOW, Duration.ofDays(1));
        NewMessage again = notification(cpim("negative-delivery"), ImdnStatus.FAILED)
                .message(NOW.plusSeconds(60), Duration.ofDays(1));

        assertThat(again.copyKey()).isEqualTo(first.copyKey());
    }
}
