package im.deferred.message;

import static im.deferred.message.Imdns.ALICE;
import static im.deferred.message.Imdns.HEADERS;
import static im.deferred.message.Imdns.cpim;
import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What senders may ask to be told of (RFC 5438), rules I1 to I4 and C2. */
class ImdnRequestTest {

    private static final String ALL = "positive-delivery, negative-delivery,processing;x=y, display";

    private String sender = ALICE.uri();

    private Optional<ImdnRequest> asked(String cpim, Header... more) {
        List<Header> headers = Stream.concat(HEADERS.stream(), Stream.of(more)).toList();
        return ImdnRequest.of(Imdns.message("c1", cpim, sender, headers, NOW));
    }

    @Test
    void i1_readsWhatIsAsked() {
        ImdnRequest request = asked(cpim(ALL)).orElseThrow();

        assertThat(request.dispositions())
                .containsExactlyInAnyOrder("positive-delivery", "negative-delivery", "processing", "display");
        assertThat(request.recipient()).isEqualTo(BOB);
        assertThat(request.sender()).isEqualTo(ALICE);
        assertThat(request.messageId()).isEqualTo("m1");
        assertThat(request.dateTime()).isEqualTo("2026-11-22T09:05:03+01:00");
        assertThat(request.from()).isEqualTo("Alice <im:alice@example.test>");
        assertThat(request.to()).isEqualTo("Bob <im:bob@example.test>");
        assertThat(request.recipientUri()).isEqualTo("im:bob@example.test");
        assertThat(request.originalTo()).isEqualTo("im:bob@example.test");
        assertThat(request.recordRoute()).isEmpty();
    }

    @Test
    void i1_theNamespaceCountsAndNotItsPrefix() {
        String other = cpim("processing").replace("imdn.", "n.");
        assertThat(asked(other)).isEmpty();
        assertThat(asked(other.replace("NS: imdn <", "NS: n <"))).isPresent();
        assertThat(asked(cpim("processing").replace("urn:ietf:params:imdn", "urn:other")))
                .isEmpty();
    }

    @Test
    void i1_readsTheWayBackAndTheFirstRecipient() {
        ImdnRequest request = asked(cpim("processing")
                        .replace(
                                "DateTime:",
                                "imdn.IMDN-Record-Route: <sip:near.example.test>\r\n"
                                        + "imdn.IMDN-Record-Route: <sip:far.example.test>\r\n"
                                        + "imdn.Original-To: <im:staff@example.test>\r\nDateTime:"))
                .orElseThrow();

        assertThat(request.recordRoute()).containsExactly("sip:near.example.test", "sip:far.example.test");
        assertThat(request.originalTo()).isEqualTo("im:staff@example.test");
        assertThat(request.recipientUri()).isEqualTo("im:bob@example.test");
    }

    @ParameterizedTest
    @ValueSource(strings = {"imdn.Message-ID", "DateTime", "imdn.Disposition-Notification", "From"})
    void i1_withoutThatNothingIsAsked(String header) {
        assertThat(asked(cpim("processing").replaceFirst("(?m)^" + header + ": .*\r\n", "")))
                .isEmpty();
    }

    /** Each line has what it stands in place of, and what stands there; a comma begins a new line. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "imdn.Message-ID: m1 | imdn.Message-ID: m 1",
                "imdn.Message-ID: m1 | imdn.Message-ID: m\u0001m",
                "imdn.Message-ID: m1 | imdn.Message-ID: m1,imdn.Message-ID: m2",
                "imdn.Message-ID: m1 | imdn.Message-ID: m1,imdn.IMDN-Record-Route: <mailto:a@b>",
                "imdn.Message-ID: m1 | imdn.Message-ID: m1,imdn.IMDN-Record-Route: none",
                "DateTime: 2026-11-22T09:05:03+01:00 | DateTime: yesterday",
                "From: Alice <im:alice@example.test> | From: Alice",
                "To: Bob <im:bob@example.test> | To: Bob",
                "NS: imdn <urn:ietf:params:imdn> | no header",
            })
    void i1_whatCannotBeReadAsksForNothing(String good, String bad) {
        String broken = cpim("processing").replace(good, bad.replace(",", "\r\n"));
        assertThat(broken).isNotEqualTo(cpim("processing"));
        assertThat(asked(broken)).isEmpty();
    }

    @Test
    void i1_recipientsWhomTheMessageDoesNotNameAreNamedByTheRequest() {
        String to = "To: Bob <im:bob@example.test>\r\n";
        for (String instead : List.of("", to + to, "To: <sip:anonymous@anonymous.invalid>\r\n")) {
            ImdnRequest request = asked(cpim("processing").replace(to, instead)).orElseThrow();
            assertThat(request.to()).isEqualTo("<sip:bob@example.test>");
            assertThat(request.recipientUri()).isEqualTo("sip:bob@example.test");
        }
    }

    @Test
    void i4_aNotificationAsksForNone() {
        String text = cpim(ALL);
        assertThat(asked(text.replace("text/plain", "message/IMDN+xml; charset=utf-8")))
                .isEmpty();
        assertThat(asked(text.replace("text/plain", "text/plain\r\nContent-Disposition: notification")))
                .isEmpty();
    }

    @Test
    void i4_whatAProgramSentAsksForNone() {
        assertThat(asked(cpim(ALL), new Header("auto-submitted", "auto-generated")))
                .isEmpty();
        assertThat(asked(cpim(ALL), new Header("Auto-Submitted", "auto-replied; owner-email=a@b")))
                .isEmpty();
        assertThat(asked(cpim(ALL), new Header("Auto-Submitted", "no"))).isPresent();
    }

    @Test
    void i4_aFocusAsksForNone() {
        assertThat(asked(cpim(ALL), new Header("Contact", "<sip:room@example.test>;isfocus")))
                .isEmpty();
        assertThat(asked(cpim(ALL), new Header("Contact", "<sip:room@example.test;gr=x>;x=y;isfocus=\"TRUE\"")))
                .isEmpty();
    }

    @Test
    void i4_aGroupThatPassesOnWhatAMemberWroteAsksForNone() {
        sender = "sip:room@example.test";
        Header asserted = new Header("P-Asserted-Identity", "<sip:room@example.test>");
        String fromCarol = cpim(ALL).replace("im:alice@", "im:carol@");

        assertThat(asked(fromCarol, asserted)).isEmpty();
        assertThat(asked(
                        fromCarol.replace("DateTime:", "imdn.IMDN-Record-Route: <sip:room@example.test>\r\nDateTime:"),
                        asserted))
                .as("a list that wants to know")
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"sip:alice@EXAMPLE.test;x=y", "sips:alice@example.test", "im:alice@example.test", "tel:+49-30"})
    void i4_anyOfTheSendersIdentitiesIsTheSender(String uri) {
        String text = cpim(ALL).replace("im:alice@example.test", uri);
        assertThat(asked(text, new Header("P-Asserted-Identity", "<tel:+4930>")))
                .isPresent();
    }

    @Test
    void s5_whoHidesIsNotTold() {
        List<Header> hidden =
                List.of(new Header("From", "\"Anonymous\" <sip:anonymous@Anonymous.invalid>;tag=a1"), HEADERS.get(1));
        assertThat(ImdnRequest.of(Imdns.message("c1", cpim(ALL), ALICE.uri(), hidden, NOW)))
                .isEmpty();
        assertThat(asked(cpim(ALL).replace("im:alice@example.test", "sip:anonymous@anonymous.invalid")))
                .as("hidden in the CPIM only, by custom")
                .isPresent();
    }

    @Test
    void c2_whatRequiresMoreThanWeKnowIsNotRead() {
        String requires = cpim(ALL).replace("DateTime:", "Require: %s\r\nDateTime:");
        assertThat(asked(requires.formatted("imdn.Disposition-Notification, imdn.Message-ID")))
                .isPresent();
        assertThat(asked(requires.formatted("imdn.Secret"))).isEmpty();
        assertThat(asked(requires.formatted("Vital"))).isEmpty();
    }

    @Test
    void onlyCpimAsks() {
        NewMessage plain = Messages.message(BOB, "c1", cpim(ALL).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(ImdnRequest.of(plain)).isEmpty();
    }

    @Test
    void aHeadThatDoesNotEndInTheFirstPieceIsNotRead() {
        String text = cpim(ALL).replace("DateTime:", "X: y\r\n".repeat(90) + "DateTime:");
        assertThat(asked(text)).isPresent();
        String large = cpim(ALL).replace("DateTime:", ("X: " + "y".repeat(1000) + "\r\n").repeat(80) + "DateTime:");
        assertThat(asked(large)).isEmpty();
    }
}
