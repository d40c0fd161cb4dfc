package im.deferred.registration;

import static im.deferred.core.TestClock.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegisterBodyTest {

    private static final String MULTIPART = "multipart/mixed;boundary=\"b1\"";
    private static final Instant END = START.plusSeconds(600);
    private static final Aor BOB = new Aor("sip:bob@example.test");

    private static final String SERVICE_INFO = part(
            "application/3gpp-ims+xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<ims-3gpp version=\"1\">"
                    + "<service-info><![CDATA[tier=gold & more]]></service-info></ims-3gpp>");

    private static final String REGISTER = part("message/sip", """
            REGISTER sip:example.test SIP/2.0\r
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r
            From: <sip:bob@example.test>;tag=1\r
            To: <sip:bob@example.test>\r
            Call-ID: a\r
            CSeq: 1 REGISTER\r
            Contact: <sip:bob@192.0.2.1>;+g.oma.sip-im;expires=7200\r
            User-Agent: OMA-client/1.0\r
            \r
            """);

    private static final String OK = part("message/sip", """
            SIP/2.0 200 OK\r
            CSeq: 1 REGISTER\r
            m: "Bob, phone" <sip:bob@192.0.2.1;a=b>;+g.oma.sip-im;+sip.instance="<urn:uuid:1>";expires=600,\r
             <sip:bob@192.0.2.2>;q=0.5\r
            Contact: sip:bob@192.0.2.3;expires=x\r
            P-Associated-URI: <sip:bob@example.test>, "Bob" <tel:+49-1234>\r
            P-Associated-URI: <sip:robert@example.test>\r
            Expires: 300\r
            Content-Length: 0\r
            \r
            """);

    @Test
    void whatA200LeavesOutOfAContactIsWhatTheClientSaid() throws RefusedException {
        String terse = part("message/sip", """
                SIP/2.0 200 OK\r
                CSeq: 1 REGISTER\r
                Contact: <sip:bob@192.0.2.1>;expires=600, <sip:bob@192.0.2.2>;expires=60\r
                \r
                """);

        RegisterBody body = parse(MULTIPART, multipart(REGISTER, terse));

        assertThat(body.clientContacts(START, END))
                .extracting(ClientContact::uri, contact -> contact.has(ClientContact.IM), ClientContact::expiresAt)
                .containsExactly(
                        tuple("sip:bob@192.0.2.1", true, START.plusSeconds(600)),
                        tuple("sip:bob@192.0.2.2", false, START.plusSeconds(60)));
    }

    @Test
    void multipartTellsEverything() throws RefusedException {
        RegisterBody body = parse(MULTIPART, multipart(SERVICE_INFO, REGISTER, OK));

        assertThat(body.serviceInfo()).isEqualTo("tier=gold & more");
        assertThat(body.userAgent()).isEqualTo("OMA-client/1.0");
        assertThat(body.associated())
                .containsExactlyInAnyOrder(BOB, new Aor("tel:+491234"), new Aor("sip:robert@example.test"));
        assertThat(body.ignored()).isEmpty();
    }

    @Test
    void contactsAreThoseOfThe200WithTheirExpiry() throws RefusedException {
        List<ClientContact> contacts = parse(MULTIPART, multipart(REGISTER, OK)).clientContacts(START, END);

        assertThat(contacts)
                .extracting(ClientContact::uri, ClientContact::instanceId, ClientContact::expiresAt)
                .containsExactly(
                        tuple("sip:bob@192.0.2.1;a=b", "urn:uuid:1", START.plusSeconds(600)),
                        tuple("sip:bob@192.0.2.2", null, START.plusSeconds(300)),
                        tuple("sip:bob@192.0.2.3", null, END));
        assertThat(contacts.get(0).featureTags())
                .containsOnlyKeys("+g.oma.sip-im", "+sip.instance", "expires")
                .containsEntry("+sip.instance", "<urn:uuid:1>");
    }

    @Test
    void without200ContactsAreThoseOfTheRegister() throws RefusedException {
        assertThat(parse(MULTIPART, multipart(SERVICE_INFO, REGISTER)).clientContacts(START, END))
                .extracting(ClientContact::uri)
                .containsExactly("sip:bob@192.0.2.1");
    }

    @Test
    void contactWithoutExpiryLastsAsLongAsTheRegistration() throws RefusedException {
        assertThat(sip("SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nContact: <sip:bob@192.0.2.1>\r\n\r\n")
                        .clientContacts(START, END))
                .extracting(ClientContact::expiresAt)
                .containsExactly(END);
    }

    @Test
    void contactThatIsBeingRemovedIsNone() throws RefusedException {
        assertThat(sip("REGISTER sip:x SIP/2.0\r\nContact: <sip:bob@192.0.2.1>;expires=0, <sip:bob@192.0.2.2>\r\n\r\n")
                        .clientContacts(START, END))
                .extracting(ClientContact::uri)
                .containsExactly("sip:bob@192.0.2.2");
        assertThat(sip("REGISTER sip:x SIP/2.0\r\nContact: *\r\nExpires: 0\r\n\r\n")
                        .contacts())
                .isEmpty();
    }

    @Test
    void singleMessageNeedsNoMultipart() throws RefusedException {
        assertThat(parse("message/sip;version=2.0", OK.substring(OK.indexOf("SIP/2.0")))
                        .contacts())
                .hasSize(3);
    }

    @Test
    void multipartWithinMultipartIsTakenApart() throws RefusedException {
        String inner =
                part("multipart/related; boundary=b2", "--b2\r\nContent-Type: text/plain\r\n\r\nx\r\n--b2--\r\n");

        assertThat(parse(MULTIPART, multipart(inner, OK)).contacts()).hasSize(3);
    }

    @Test
    void noBodyTellsNothing() throws RefusedException {
        RegisterBody nothing = new RegisterBody(null, null, List.of(), Set.of(), List.of());

        assertThat(RegisterBody.parse(null, null)).isEqualTo(nothing);
        assertThat(RegisterBody.parse(MULTIPART, new byte[0])).isEqualTo(nothing);
        assertThat(RegisterBody.parse("text/plain", new byte[] {1})).isEqualTo(nothing);
        assertThat(RegisterBody.parse("no type at all", new byte[] {1})).isEqualTo(nothing);
        assertThat(parse(MULTIPART, "--b1--\r\n")).isEqualTo(nothing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"multipart/mixed", "Multipart/Mixed; x=y", "multipart/mixed;boundary="})
    void multipartWithoutBoundaryIs400(String contentType) {
        assertThatRefused(contentType, multipart(OK), "Multipart Body Without Boundary");
    }

    @Test
    void aLineBreakInTheContentTypeIsASpace() throws RefusedException {
        for (String contentType : List.of("message/sip\r", "message/sip;\r\n version=2.0", "\rmessage/sip")) {
            assertThat(parse(contentType, OK.substring(OK.indexOf("SIP/2.0"))).contacts())
                    .hasSize(3);
        }
    }

    @Test
    void multipartWithAnotherBoundaryIs400() {
        assertThatRefused("multipart/mixed;boundary=b2", multipart(OK), "Malformed Multipart Body");
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 40, 200})
    void multipartCutShortIs400(int length) {
        assertThatRefused(MULTIPART, multipart(OK).substring(0, length), "Malformed Multipart Body");
    }

    @Test
    void embeddedMessageThatIsNoSipIsLeftOut() throws RefusedException {
        RegisterBody body = parse(MULTIPART, multipart(part("message/sip", "nonsense"), SERVICE_INFO));

        assertThat(body.serviceInfo()).isEqualTo("tier=gold & more");
        assertThat(body.ignored()).containsExactly("message/sip: no SIP start line");
    }

    @Test
    void embeddedMessageOfAnotherMethodIsLeftOut() throws RefusedException {
        RegisterBody body = sip("MESSAGE sip:x SIP/2.0\r\nContact: <sip:bob@192.0.2.1>\r\n\r\n");

        assertThat(body.contacts()).isEmpty();
        assertThat(body.ignored()).containsExactly("message/sip: neither a REGISTER nor its 200");
    }

    @Test
    void contactsThatCannotBeReadAreLeftOut() throws RefusedException {
        RegisterBody body = sip("REGISTER sip:x SIP/2.0\r\nContact: <sip:bob@192.0.2.1\r\n\r\n");

        assertThat(body.contacts()).isEmpty();
        assertThat(body.ignored()).containsExactly("message/sip: an angle bracket stays open");
    }

    @Test
    void contactThatIsTooLongIsLeftOut() throws RefusedException {
        RegisterBody body = sip("REGISTER sip:x SIP/2.0\r\nContact: <sip:" + "b".repeat(5000) + "@192.0.2.1>\r\n\r\n");

        assertThat(body.contacts()).isEmpty();
        assertThat(body.ignored()).containsExactly("message/sip: a Contact over 4096 characters");
    }

    @Test
    void tooManyContactsAreLeftOut() throws RefusedException {
        RegisterBody body = sip("REGISTER sip:x SIP/2.0\r\nContact: "
                + IntStream.range(0, 101).mapToObj(i -> "<sip:b@h" + i + ">").collect(Collectors.joining(","))
                + "\r\n\r\n");

        assertThat(body.contacts()).isEmpty();
        assertThat(body.ignored()).containsExactly("message/sip: more than 100 values");
    }

    @Test
    void associatedUriThatIsNoUsersIsLeftOut() throws RefusedException {
        RegisterBody body =
                sip("SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nP-Associated-URI: <urn:x>, <sip:bob@example.test>\r\n\r\n");

        assertThat(body.associated()).containsExactly(BOB);
        assertThat(body.ignored()).containsExactly("P-Associated-URI: not a sip:, sips: or tel: URI");
    }

    @Test
    void longUserAgentIsCut() throws RefusedException {
        assertThat(sip("REGISTER sip:x SIP/2.0\r\nUser-Agent: " + "u".repeat(300) + "\r\n\r\n")
                        .userAgent())
                .hasSize(255);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no xml",
                "<ims-3gpp><service-info>",
                "<ims-3gpp><service-info><a/></service-info></ims-3gpp>",
                "<!DOCTYPE a [\u0001]><ims-3gpp/>"
            })
    void serviceInfoThatIsNotWellFormedIsLeftOut(String document) throws RefusedException {
        RegisterBody body = parse(MULTIPART, multipart(part("application/3gpp-ims+xml", document), OK));

        assertThat(body.serviceInfo()).isNull();
        assertThat(body.contacts()).hasSize(3);
        assertThat(body.ignored()).containsExactly("3gpp-ims+xml: not well-formed");
    }

    @Test
    void entitiesOfServiceInfoAreNotFollowed() throws RefusedException {
        RegisterBody body = parse(
                "application/3gpp-ims+xml",
                "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>"
                        + "<ims-3gpp><service-info>&x;</service-info></ims-3gpp>");

        assertThat(body.serviceInfo()).isNull();
        assertThat(body.ignored()).containsExactly("3gpp-ims+xml: not well-formed");
    }

    @Test
    void otherImsDocumentTellsNothing() throws RefusedException {
        RegisterBody body = parse("application/3gpp-ims+xml", "<ims-3gpp><alternative-service/></ims-3gpp>");

        assertThat(body.serviceInfo()).isNull();
        assertThat(body.ignored()).isEmpty();
    }

    @Test
    void bodyThatIsTooLargeIsNotLookedAt() throws RefusedException {
        RegisterBody body = RegisterBody.parse(MULTIPART, new byte[RegisterBody.MAX_SIZE + 1]);

        assertThat(body.ignored()).containsExactly("a body over 65536 octets");
    }

    @Test
    void partsBehindTheSixteenthAreLeftOut() throws RefusedException {
        String[] parts = IntStream.range(0, 20)
                .mapToObj(i -> i < 15 ? part("text/plain", "x") : OK)
                .toArray(String[]::new);

        assertThat(parse(MULTIPART, multipart(parts)).contacts()).isEmpty();
    }

    @Test
    void longHeaderLinesOfTheEmbeddedMessageAreTaken() throws RefusedException {
        String contact = "<sip:bob@192.0.2.1>;+x=\"" + "y".repeat(3000) + "\"";

        assertThat(parse(MULTIPART, multipart(part("message/sip", "REGISTER sip:x SIP/2.0\r\nContact: " + contact)))
                        .contacts())
                .hasSize(1);
    }

    private static RegisterBody sip(String message) throws RefusedException {
        return parse("message/sip", message);
    }

    private static RegisterBody parse(String contentType, String body) throws RefusedException {
        return RegisterBody.parse(contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertThatRefused(String contentType, String body, String reason) {
        assertThatExceptionOfType(RefusedException.class)
                .isThrownBy(() -> parse(contentType, body))
                .withMessage(reason)
                .extracting(RefusedException::status)
                .isEqualTo(400);
    }

    private static String part(String contentType, String content) {
        return "Content-Type: " + contentType + "\r\n\r\n" + content;
    }

    private static String multipart(String... parts) {
        return "--b1\r\n" + String.join("\r\n--b1\r\n", parts) + "\r\n--b1--\r\n";
    }
}
