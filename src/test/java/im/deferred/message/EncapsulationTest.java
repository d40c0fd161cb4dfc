package im.deferred.message;

import static im.deferred.message.Encapsulation.Form.CPIM;
import static im.deferred.message.Encapsulation.Form.MSRP;
import static im.deferred.message.Encapsulation.Form.SIP;
import static im.deferred.message.Encapsulation.Form.SIPFRAG;
import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.NOW;
import static im.deferred.message.Messages.send;
import static im.deferred.message.Messages.sent;
import static im.deferred.message.Messages.session;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.message.Encapsulation.Form;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EncapsulationTest {

    private static final byte[] GREETING = "Grüße, Bob".getBytes(StandardCharsets.UTF_8);

    private static final List<Header> HEADERS = List.of(
            new Header("From", "\"Alice \\\"A\\\" <\\x>\" <sip:alice@example.test;user=phone>;tag=a1"),
            new Header("To", "<sip:bob@example.test>;tag=b1"),
            new Header("Call-ID", "c1@client"),
            new Header("CSeq", "7 MESSAGE"),
            new Header("P-Asserted-Identity", "<sip:alice@example.test>"),
            new Header("P-Asserted-Identity", "<tel:+4930>"),
            new Header("Subject", "Küche \\o/"),
            new Header("Content-Language", "de"));

    @Test
    void messageSip() {
        assertThat(text(SIP, HEADERS, "text/plain;charset=UTF-8", GREETING)).isEqualTo("""
                        MESSAGE sip:bob@example.test SIP/2.0
                        From: "Alice \\"A\\" <\\x>" <sip:alice@example.test;user=phone>;tag=a1
                        To: <sip:bob@example.test>;tag=b1
                        Call-ID: c1@client
                        CSeq: 7 MESSAGE
                        P-Asserted-Identity: <sip:alice@example.test>
                        P-Asserted-Identity: <tel:+4930>
                        Subject: Küche \\o/
                        Content-Language: de
                        Date: Sun, 22 Nov 2026 08:05:03 GMT
                        Content-Type: text/plain;charset=UTF-8
                        Content-Length: 12

                        Grüße, Bob""".replace("\n", "\r\n"));
    }

    @Test
    void messageSipfragIsTheSameWithoutStartLine() {
        String whole = text(SIP, HEADERS, "text/plain", GREETING);
        assertThat(text(SIPFRAG, HEADERS, "text/plain", GREETING))
                .isEqualTo(whole.substring("MESSAGE sip:bob@example.test SIP/2.0\r\n".length()));
    }

    @Test
    void messageCpim() {
        assertThat(text(CPIM, HEADERS, "text/plain;charset=UTF-8", GREETING)).isEqualTo("""
                        From: "Alice \\"A\\" <x>" <sip:alice@example.test;user=phone>
                        To: <sip:bob@example.test>
                        DateTime: 2026-11-22T08:05:03.250Z
                        Subject: Küche \\\\o/

                        Content-Type: text/plain;charset=UTF-8
                        Content-Language: de

                        Grüße, Bob""".replace("\n", "\r\n"));
    }

    @Test
    void whatIsCpimAlreadyStaysAsItIs() {
        assertThat(text(CPIM, HEADERS, "Message/CPIM; x=y", GREETING)).isEqualTo("Grüße, Bob");
    }

    @Test
    void privacyHidesTheAssertedIdentity() {
        for (String privacy : List.of("id", "user;ID", "header; id ;critical")) {
            List<Header> hidden = new ArrayList<>(HEADERS);
            hidden.add(new Header("Privacy", privacy));
            assertThat(text(SIP, hidden, null, GREETING))
                    .doesNotContain("P-Asserted-Identity")
                    .contains("Privacy: " + privacy + "\r\n");
            assertThat(text(SIPFRAG, hidden, null, GREETING)).doesNotContain("P-Asserted-Identity");
        }
        List<Header> shown = new ArrayList<>(HEADERS);
        shown.add(new Header("Privacy", "none"));
        assertThat(text(SIP, shown, null, GREETING)).contains("P-Asserted-Identity: <tel:+4930>\r\n");
    }

    @Test
    void aDateOfTheOriginalStays() {
        List<Header> dated = new ArrayList<>(HEADERS);
        dated.add(new Header("date", "Sat, 07 Nov 2026 23:59:59 GMT"));
        assertThat(text(SIP, dated, null, GREETING))
                .contains("date: Sat, 07 Nov 2026 23:59:59 GMT\r\n")
                .doesNotContain("Date: Sun, 22 Nov");
        assertThat(text(CPIM, dated, null, GREETING)).contains("DateTime: 2026-11-07T23:59:59Z\r\n");
    }

    @Test
    void aDateThatIsNoneIsNotUsedInCpim() {
        List<Header> dated = new ArrayList<>(HEADERS);
        dated.add(new Header("Date", "yesterday"));
        assertThat(text(CPIM, dated, null, GREETING)).contains("DateTime: 2026-11-22T08:05:03.250Z\r\n");
    }

    @Test
    void anEmptyMessageHasLengthZero() {
        assertThat(text(SIP, HEADERS, null, new byte[0]))
                .endsWith("\r\nContent-Length: 0\r\n\r\n")
                .doesNotContain("Content-Type");
        assertThat(text(CPIM, List.of(), null, new byte[0]))
                .isEqualTo("From: <sip:alice@example.test>\r\nTo: <sip:bob@example.test>\r\n"
                        + "DateTime: 2026-11-22T08:05:03.250Z\r\n\r\n\r\n");
    }

    @Test
    void messageMsrp() {
        NewMessage sent = session(BOB)
                .message(
                        send(
                                "12339sdqwer",
                                "text/plain;charset=UTF-8",
                                new Header("X-Mood", "gut"),
                                new Header("Content-Language", "de")),
                        NOW,
                        Duration.ofDays(1),
                        Body.of(GREETING));

        assertThat(text(MSRP, sent.headers(), sent.contentType(), GREETING)).isEqualTo("""
                        MSRP 0123456789abcdef SEND
                        To-Path: msrp://192.0.2.1:2855/s.111;tcp
                        From-Path: msrp://192.0.2.9:7654/a.222;tcp
                        Message-ID: 12339sdqwer
                        From: "Alice" <sip:alice@example.test>;tag=a1
                        To: <sip:bob@example.test>
                        P-Asserted-Identity: <sip:alice@example.test>
                        X-Mood: gut
                        Date: Sun, 22 Nov 2026 08:05:03 GMT
                        Byte-Range: 1-12/12
                        Content-Language: de
                        Content-Type: text/plain;charset=UTF-8

                        Grüße, Bob
                        -------0123456789abcdef$
                        """.replace("\n", "\r\n"));
        assertThat(text(CPIM, sent.headers(), sent.contentType(), GREETING)).isEqualTo("""
                        From: "Alice" <sip:alice@example.test>
                        To: <sip:bob@example.test>
                        DateTime: 2026-11-22T08:05:03.250Z

                        Content-Type: text/plain;charset=UTF-8
                        Content-Language: de

                        Grüße, Bob""".replace("\n", "\r\n"));
    }

    @Test
    void privacyAndDateAreTheSameInMessageMsrp() {
        List<Header> headers = new ArrayList<>(
                sent(BOB, "12339sdqwer", "text/plain", Body.of(GREETING)).headers());
        headers.add(new Header("Privacy", "id"));
        headers.add(new Header("Date", "Sat, 07 Nov 2026 23:59:59 GMT"));
        assertThat(text(MSRP, headers, "text/plain", GREETING))
                .contains("Privacy: id\r\n", "Date: Sat, 07 Nov 2026 23:59:59 GMT\r\n")
                .doesNotContain("P-Asserted-Identity", "Date: Sun, 22 Nov");
    }

    @Test
    void theFormsOfAMessageDependOnHowItCame() {
        assertThat(Origin.SIP_MESSAGE.forms()).containsExactly(SIP, SIPFRAG, CPIM);
        assertThat(Origin.MSRP_SEND.forms()).containsExactly(MSRP, CPIM);
    }

    @Test
    void aBinaryBodyIsReadInPieces() {
        byte[] octets = new byte[200_000];
        new Random(2).nextBytes(octets);
        List<Long> reads = new ArrayList<>();
        Body body = new Body() {
            @Override
            public long length() {
                return octets.length;
            }

            @Override
            public byte[] read(long offset, int max) {
                reads.add(offset);
                return Body.of(octets).read(offset, max);
            }

            @Override
            public long inMemory() {
                return 0;
            }
        };
        Encapsulation encapsulation = new Encapsulation(deferred(HEADERS, "image/png", octets.length), SIP, body);

        byte[] all = all(encapsulation, 2_000);
        assertThat(all).hasSize((int) encapsulation.length());
        assertThat(Arrays.copyOfRange(all, all.length - octets.length, all.length))
                .isEqualTo(octets);
        assertThat(reads).containsExactly(0L, 65_536L, 131_072L, 196_608L);
    }

    private static String text(Form form, List<Header> headers, String contentType, byte[] body) {
        Encapsulation encapsulation =
                new Encapsulation(deferred(headers, contentType, body.length), form, Body.of(body));
        byte[] all = all(encapsulation, 7);
        assertThat(all).hasSize((int) encapsulation.length());
        return new String(all, StandardCharsets.UTF_8);
    }

    private static DeferredMessage deferred(List<Header> headers, String contentType, long size) {
        return new DeferredMessage(
                1,
                "0123456789abcdef",
                BOB,
                "sip:alice@example.test",
                Origin.SIP_MESSAGE,
                "c1@client",
                NOW,
                NOW.plusSeconds(60),
                headers,
                contentType,
                size);
    }

    private static byte[] all(Encapsulation encapsulation, int step) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] part = encapsulation.read(0, step);
        while (part.length > 0) {
            all.writeBytes(part);
            part = encapsulation.read(all.size(), step);
        }
        return all.toByteArray();
    }
}
