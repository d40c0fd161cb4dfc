package im.deferred.session;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.MsrpUri;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What this server answers to an offer. */
class LocalMediaTest {

    private static final String OFFER = """
            v=0
            o=alice 1 1 IN IP4 192.0.2.2
            s=-
            c=IN IP4 192.0.2.2
            t=10 20
            m=audio 49170 RTP/AVP 0 8
            a=inactive
            m=message 7654 TCP/MSRP *
            a=path:msrp://192.0.2.2:7654/jshA7we;tcp
            a=accept-types:*
            m=video 49172/2 RTP/AVP 31
            m=message 7655 TCP/MSRP *
            """;

    private static final LocalEnd END = LocalEnd.at(MsrpUri.parse("msrp://192.0.2.1:2855/s1;tcp"));
    private static final LocalEnd SECURE = LocalEnd.at(MsrpUri.parse("msrps://192.0.2.1:2856/s1;tcp"));

    @Test
    void m36_allOtherStreamsAreRejectedInTheirPlaces() throws SdpException {
        assertThat(answer(OFFER, END, Terms.taking(5000))).isEqualTo("""
                        v=0
                        o=- 3 4 IN IP4 192.0.2.1
                        s=-
                        c=IN IP4 192.0.2.1
                        t=10 20
                        m=audio 0 RTP/AVP 0 8
                        m=message 2855 TCP/MSRP *
                        a=path:msrp://192.0.2.1:2855/s1;tcp
                        a=accept-types:*
                        a=max-size:5000
                        a=recvonly
                        m=video 0 RTP/AVP 31
                        m=message 0 TCP/MSRP *
                        """.replace("\n", "\r\n"));
    }

    @ParameterizedTest
    @CsvSource({"sendrecv, sendrecv", "sendonly, recvonly", "recvonly, sendonly", "inactive, inactive"})
    void m35_theDirectionFitsTheOffer(String offered, String answered) throws SdpException {
        Terms both = new Terms(Direction.SENDRECV, List.of("*"), List.of("text/plain"), OptionalLong.empty());

        assertThat(answer(OFFER.replace("a=accept-types:*", "a=accept-types:*\na=" + offered), END, both))
                .contains("a=accept-types:*\r\na=accept-wrapped-types:text/plain\r\na=" + answered + "\r\n");
    }

    @Test
    void m37_m38_cemaAndTlsAreMirrored() throws SdpException {
        Fingerprint certificate =
                Fingerprint.parse("SHA-256 " + "0A:".repeat(31) + "FF").orElseThrow();
        String offer = OFFER.replace("7654 TCP/MSRP", "7654 TCP/TLS/MSRP")
                .replace("a=path:msrp:", "a=msrp-cema\na=setup:passive\na=path:msrps:");

        String answer = LocalMedia.answering(MessageMedia.parse(offer), SECURE, Terms.taking(1), List.of(certificate))
                .answer(3, 4, offer);

        assertThat(answer)
                .contains(
                        "m=message 2856 TCP/TLS/MSRP *\r\n",
                        "a=setup:active\r\na=msrp-cema\r\na=fingerprint:" + certificate + "\r\n");
    }

    @Test
    void m34_oneInTheMiddleTakesNoMoreThanItself() {
        assertThat(Terms.taking(10).atMost(20).maxSize()).hasValue(10);
        assertThat(Terms.taking(20).atMost(10).maxSize()).hasValue(10);
        assertThat(Terms.sending(List.of("text/plain")).atMost(10).maxSize()).hasValue(10);
    }

    private static String answer(String offer, LocalEnd end, Terms terms) throws SdpException {
        return LocalMedia.answering(MessageMedia.parse(offer), end, terms, List.of())
                .answer(3, 4, offer);
    }
}
