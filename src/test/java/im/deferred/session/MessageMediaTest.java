package im.deferred.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.IncomingHandler;
import im.deferred.msrp.MsrpAgreement;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.Role;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MessageMediaTest {

    private static final String HEAD = """
            v=0
            o=bob 1 1 IN IP4 192.0.2.2
            s=-
            c=IN IP4 192.0.2.2
            t=0 0
            """;
    private static final String MEDIA = "m=message 7654 TCP/MSRP *\n";
    private static final String PATH = "a=path:msrp://192.0.2.2:7654/jshA7we;tcp\n";
    private static final String TYPES = "a=accept-types:message/sip\n";
    private static final String FINGERPRINT = "SHA-256 " + "0A:".repeat(31) + "FF";
    private static final String GOOD = HEAD + MEDIA + PATH + TYPES;

    @Test
    void m31_m37_theOfferOfAServerThatOnlySends() {
        MsrpUri local = MsrpUri.parse("msrp://192.0.2.1:2855/iau39soe2843z;tcp");

        assertThat(LocalMedia.offering(
                                LocalEnd.at(local), Terms.sending(List.of("message/sip", "message/cpim")), List.of())
                        .offer(42, 43))
                .isEqualTo("""
                        v=0
                        o=- 42 43 IN IP4 192.0.2.1
                        s=-
                        c=IN IP4 192.0.2.1
                        t=0 0
                        m=message 2855 TCP/MSRP *
                        a=path:msrp://192.0.2.1:2855/iau39soe2843z;tcp
                        a=accept-types:message/sip message/cpim
                        a=setup:actpass
                        a=msrp-cema
                        a=sendonly
                        """.replace("\n", "\r\n"));
    }

    @Test
    void m31_m38_theOfferOverTlsAndIpv6() {
        MsrpUri local = MsrpUri.parse("msrps://[2001:db8::1]:2856/iau39soe2843z;tcp");

        Fingerprint certificate = Fingerprint.parse(FINGERPRINT).orElseThrow();
        assertThat(LocalMedia.offering(LocalEnd.at(local), Terms.sending(List.of("message/sip")), List.of(certificate))
                        .offer(1, 1))
                .contains(
                        "c=IN IP6 2001:db8::1\r\n",
                        "m=message 2856 TCP/TLS/MSRP *\r\n",
                        "a=path:msrps://[2001:db8::1]:2856/iau39soe2843z;tcp\r\n",
                        "a=setup:actpass\r\na=msrp-cema\r\na=fingerprint:" + FINGERPRINT + "\r\na=sendonly\r\n");
    }

    /** RFC 4976 §5.2; RFC 6714 §4. */
    @Test
    void m31_theOfferFromBehindARelay() {
        List<MsrpUri> path = MsrpUri.parsePath(
                "msrps://relay.example.test:2857/g1;tcp msrps://[2001:db8::1]:2856/iau39soe2843z;tcp");
        Fingerprint certificate = Fingerprint.parse(FINGERPRINT).orElseThrow();

        assertThat(LocalMedia.offering(
                                new LocalEnd(path, Optional.empty()),
                                Terms.sending(List.of("message/sip")),
                                List.of(certificate))
                        .offer(7, 7))
                .isEqualTo("""
                        v=0
                        o=- 7 7 IN IP6 2001:db8::1
                        s=-
                        c=IN IP4 relay.example.test
                        t=0 0
                        m=message 2857 TCP/TLS/MSRP *
                        a=path:msrps://relay.example.test:2857/g1;tcp msrps://[2001:db8::1]:2856/iau39soe2843z;tcp
                        a=accept-types:message/sip
                        a=setup:actpass
                        a=sendonly
                        """.replace("\n", "\r\n"));
    }

    @Test
    void anAnswerWithAllThatMatters() throws SdpException {
        MessageMedia media = MessageMedia.parse(HEAD + MEDIA + PATH + """
                a=accept-types:message/SIP text/* message/cpim
                a=accept-wrapped-types:message/imdn+xml
                a=max-size:65536
                a=setup:ACTIVE
                a=recvonly
                a=something:else
                """);

        assertThat(media)
                .isEqualTo(new MessageMedia(
                        7654,
                        false,
                        List.of(MsrpUri.parse("msrp://192.0.2.2:7654/jshA7we;tcp")),
                        List.of("message/sip", "text/*", "message/cpim"),
                        List.of("message/imdn+xml"),
                        OptionalLong.of(65536),
                        Optional.of(Setup.ACTIVE),
                        Direction.RECVONLY,
                        Set.of(),
                        false,
                        Optional.of("192.0.2.2")));
        assertThat(media.accepts("Message/Sip")).isTrue();
        assertThat(media.accepts("text/html")).isTrue();
        assertThat(media.accepts("message/sipfrag")).isFalse();
        assertThat(media.accepts("message/imdn+xml")).isFalse();
        assertThat(media.acceptsWrapped("message/IMDN+xml")).isTrue();
        assertThat(media.acceptsWrapped("text/plain")).isTrue();
        assertThat(media.acceptsWrapped("image/png")).isFalse();
    }

    @Test
    void anAnswerWithNoMoreThanItNeeds() throws SdpException {
        MessageMedia media = MessageMedia.parse(GOOD);

        assertThat(media.maxSize()).isEmpty();
        assertThat(media.setup()).isEmpty();
        assertThat(media.acceptWrappedTypes()).isEmpty();
        assertThat(media.receives()).isTrue();
        assertThat(MessageMedia.parse(GOOD.replace("\n", "\r\n"))).isEqualTo(media);
    }

    @Test
    void aClientBehindARelay() throws SdpException {
        MessageMedia media = MessageMedia.parse(HEAD + "m=message 9 TCP/TLS/MSRP *\n" + TYPES + """
                a=path:msrps://[2001:db8::5]:2855/relay;tcp   msrp://bob.example.test:49154/d8h3;tcp
                """);

        assertThat(media.secure()).isTrue();
        assertThat(media.path())
                .extracting(MsrpUri::host, MsrpUri::sessionId)
                .containsExactly(tuple("2001:db8::5", "relay"), tuple("bob.example.test", "d8h3"));
    }

    @Test
    void aClientThatNamesWrappersAloneTakesAnythingInside() throws SdpException {
        String wrappers = HEAD + MEDIA + PATH + "a=accept-types:message/cpim message/sip\n";

        assertThat(MessageMedia.parse(wrappers).acceptsWrapped("text/plain")).isTrue();
        assertThat(MessageMedia.parse(wrappers + "a=accept-wrapped-types:text/html\n")
                        .acceptsWrapped("text/plain"))
                .isFalse();
    }

    @Test
    void m32_starTakesEverything() throws SdpException {
        MessageMedia media = MessageMedia.parse(HEAD + MEDIA + PATH + "a=accept-types:*\n");

        assertThat(media.accepts("message/sip")).isTrue();
        assertThat(media.acceptsWrapped("image/png")).isTrue();
    }

    @Test
    void whatIsSaidForTheWholeSessionHoldsUnlessTheMediaSaysOtherwise() throws SdpException {
        String session = HEAD + "a=inactive\na=setup:passive\n" + TYPES;

        MessageMedia silent = MessageMedia.parse(session + MEDIA + PATH);
        assertThat(silent.receives()).isFalse();
        assertThat(silent.setup()).contains(Setup.PASSIVE);
        assertThat(silent.acceptTypes()).containsExactly("message/sip");

        MessageMedia own =
                MessageMedia.parse(session + MEDIA + PATH + "a=sendrecv\na=setup:active\na=accept-types:text/plain\n");
        assertThat(own.receives()).isTrue();
        assertThat(own.setup()).contains(Setup.ACTIVE);
        assertThat(own.acceptTypes()).containsExactly("text/plain");
    }

    @ParameterizedTest
    @CsvSource({"sendrecv, true", "recvonly, true", "sendonly, false", "inactive, false"})
    void m35_direction(String direction, boolean receives) throws SdpException {
        assertThat(MessageMedia.parse(GOOD + "a=" + direction + "\n").receives())
                .isEqualTo(receives);
    }

    @Test
    void otherMediaAreNoneOfItsBusiness() throws SdpException {
        String audio = "m=audio 49170 RTP/AVP 0\na=inactive\na=path:none\n";

        assertThat(MessageMedia.parse(HEAD + audio + MEDIA + PATH + TYPES + audio))
                .isEqualTo(MessageMedia.parse(GOOD));
    }

    @Test
    void m36_aRejectedStreamNeedsNeitherPathNorTypes() throws SdpException {
        assertThat(MessageMedia.parse(HEAD + "m=message 0 TCP/MSRP *\n").port()).isZero();
    }

    @Test
    void m38_fingerprintsOfTheMediaReplaceThoseOfTheSession() throws SdpException {
        String other = "SHA-512 " + "ab:".repeat(63) + "cd";
        String weak = "SHA-1 " + "0A:".repeat(19) + "FF";
        String session = HEAD + "a=fingerprint:" + FINGERPRINT.toLowerCase() + "\n";
        String media = MEDIA.replace("TCP", "TCP/TLS") + PATH.replace("msrp:", "msrps:") + TYPES;

        assertThat(MessageMedia.parse(session + media).fingerprints()).containsExactly(fingerprint(FINGERPRINT));
        assertThat(MessageMedia.parse(session + media + "a=fingerprint:" + other + "\n")
                        .fingerprints())
                .containsExactly(fingerprint(other));
        assertThat(MessageMedia.parse(HEAD + media + "a=fingerprint:" + weak + "\na=fingerprint:" + other
                                + "\na=fingerprint:" + FINGERPRINT + "\n")
                        .fingerprints())
                .containsExactlyInAnyOrder(fingerprint(other), fingerprint(FINGERPRINT));
    }

    private static Fingerprint fingerprint(String text) {
        return Fingerprint.parse(text).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"active, PASSIVE", "passive, ACTIVE", ", ACTIVE"})
    void m33_whoConnects(String setup, Role ours) throws SdpException {
        String answer = GOOD + (setup == null ? "" : "a=setup:" + setup + "\n");
        assertThat(agreement(answer).role()).isEqualTo(ours);
    }

    @Test
    void m37_withCemaTheAddressToConnectToIsThatOfTheMediaLines() throws SdpException {
        String anchored = HEAD + "m=message 6000 TCP/MSRP *\nc=IN IP6 2001:db8::9\n" + PATH + TYPES;

        assertThat(agreement(anchored + "a=msrp-cema\n").connectAddress())
                .contains(InetSocketAddress.createUnresolved("2001:db8::9", 6000));
        assertThat(agreement(anchored + "a=msrp-cema\n").cema()).isTrue();
        assertThat(agreement(anchored)).as("without CEMA").satisfies(agreement -> {
            assertThat(agreement.connectAddress()).isEmpty();
            assertThat(agreement.cema()).isFalse();
        });
        assertThat(agreement(GOOD + "a=msrp-cema\n").connectAddress())
                .as("of the session")
                .contains(InetSocketAddress.createUnresolved("192.0.2.2", 7654));
    }

    @Test
    void m37_m38_aRelayIsReachedByItsPathAndKnownByItsName() throws SdpException {
        MessageMedia media =
                MessageMedia.parse(HEAD + "m=message 6000 TCP/TLS/MSRP *\n" + TYPES + """
                a=path:msrps://relay.example.test:2855/r;tcp msrps://192.0.2.2:7654/jshA7we;tcp
                a=msrp-cema
                a=fingerprint:""" + FINGERPRINT + "\n");

        MsrpAgreement agreement = media.agreement(
                LocalEnd.at(MsrpUri.parse("msrps://h:1/x;tcp")), IncomingHandler.REFUSE_ALL, Duration.ofSeconds(1));
        assertThat(agreement.connectAddress()).isEmpty();
        assertThat(agreement.fingerprints()).isEmpty();
        assertThat(agreement.remotePath()).hasSize(2);
    }

    private static MsrpAgreement agreement(String answer) throws SdpException {
        return MessageMedia.parse(answer)
                .agreement(
                        LocalEnd.at(MsrpUri.parse("msrp://h:1/x;tcp")),
                        IncomingHandler.REFUSE_ALL,
                        Duration.ofSeconds(1));
    }

    @ParameterizedTest
    @MethodSource
    void whatIsWrongIsNamed(String reason, String sdp) {
        assertThatExceptionOfType(SdpException.class)
                .isThrownBy(() -> MessageMedia.parse(sdp))
                .withMessage(reason);
    }

    static Stream<Arguments> whatIsWrongIsNamed() {
        return Stream.of(
                Arguments.of("SDP does not begin with v=0", ""),
                Arguments.of("SDP does not begin with v=0", MEDIA + PATH + TYPES),
                Arguments.of("SDP is too long", GOOD + "a=x:" + "x".repeat(64 * 1024)),
                Arguments.of("SDP has too many lines", GOOD + "a=x\n".repeat(500)),
                Arguments.of("SDP has a line that is none", GOOD + "hello\n"),
                Arguments.of("SDP has a line that is none", GOOD + "a\n"),
                Arguments.of("SDP has a line that is none", GOOD + "a=setup:active\ra=recvonly\n"),
                Arguments.of("SDP has no m=message", HEAD),
                Arguments.of("SDP has no m=message", HEAD + "m=audio 49170 RTP/AVP 0\n"),
                Arguments.of("m=message is not over TCP/MSRP or TCP/TLS/MSRP", GOOD.replace("TCP/MSRP", "UDP/MSRP")),
                Arguments.of("m=message is not over TCP/MSRP or TCP/TLS/MSRP", GOOD.replace(" *", "")),
                Arguments.of("the port of m=message is no number", GOOD.replace("message 7654", "message msrp")),
                Arguments.of("the port of m=message is out of bounds", GOOD.replace("message 7654", "message 65536")),
                Arguments.of("the port of m=message is out of bounds", GOOD.replace("message 7654", "message -1")),
                Arguments.of("SDP has no a=path", HEAD + MEDIA + TYPES),
                Arguments.of("SDP has no a=path", HEAD + MEDIA + "a=path:\n" + TYPES),
                Arguments.of("a=path has a URI that is none", GOOD.replace("msrp://", "http://")),
                Arguments.of("a=path has a URI that is none", GOOD.replace(";tcp", "")),
                Arguments.of("a=path has a URI that is none", GOOD.replace("192.0.2.2:7654", "[2001:db8::]]:1")),
                Arguments.of("SDP has no a=accept-types", HEAD + MEDIA + PATH),
                Arguments.of("SDP has no a=accept-types", HEAD + MEDIA + PATH + "a=accept-types\n"),
                Arguments.of("a=max-size is no number", GOOD + "a=max-size:big\n"),
                Arguments.of("a=max-size is no number", GOOD + "a=max-size:99999999999999999999\n"),
                Arguments.of("a=max-size is out of bounds", GOOD + "a=max-size:-1\n"),
                Arguments.of("c= has no address", GOOD + "c=IN IP4 224.2.1.1/127/3\n"),
                Arguments.of("c= has no address", GOOD.replace("c=IN IP4", "c=ATM NSAP")),
                Arguments.of("a=fingerprint is none", GOOD + "a=fingerprint:SHA-256 00:11\n"),
                Arguments.of("a=fingerprint is none", GOOD + "a=fingerprint:" + FINGERPRINT.replace(':', '-') + "\n"),
                Arguments.of("a=fingerprint is none", GOOD + "a=fingerprint:SHA-256\n"),
                Arguments.of("a=setup of an unknown kind", GOOD + "a=setup:holdconn\n"));
    }
}
