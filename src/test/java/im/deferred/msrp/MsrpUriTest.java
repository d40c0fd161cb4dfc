package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MsrpUriTest {
    @Test
    void allParts() {
        MsrpUri uri = MsrpUri.parse("msrps://alice@[2001:db8::1]:2855/s/1=+._~-;tcp;cid=7;x");
        assertThat(uri.secure()).isTrue();
        assertThat(uri.user()).isEqualTo("alice");
        assertThat(uri.host()).isEqualTo("2001:db8::1");
        assertThat(uri.port()).isEqualTo(2855);
        assertThat(uri.sessionId()).isEqualTo("s/1=+._~-");
        assertThat(uri.transport()).isEqualTo("tcp");
        assertThat(uri.parameters()).containsExactly("cid=7", "x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "msrp://host;tcp",
                "msrp://host:7654;tcp",
                "msrp://host:7654/abc;tcp",
                "msrp://user@host/abc;tcp",
                "msrps://[2001:db8::1]/abc;tcp",
                "msrp://[fe80::1%eth0]/abc;tcp",
                "msrps://alice@[2001:db8::1]:2855/abc;tcp;cid=7"
            })
    void m24_readAndWritten(String text) {
        assertThat(MsrpUri.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sip:bob@example.test",
                "msrp:host;tcp",
                "msrp://host",
                "msrp://;tcp",
                "msrp:///abc;tcp",
                "msrp://host:/abc;tcp",
                "msrp://host:0/abc;tcp",
                "msrp://host:65536/abc;tcp",
                "msrp://host:x/abc;tcp",
                "msrp://host:-1/abc;tcp",
                "msrp://host/;tcp",
                "msrp://host/a b;tcp",
                "msrp://ho st/ab;tcp",
                "msrp://host/abc;",
                "msrp://host/abc;t cp",
                "msrp://@host/abc;tcp",
                "msrp://[::1/abc;tcp",
                "msrp://[::1]x/abc;tcp",
                "msrp://[host]/abc;tcp",
                "msrp://[fe80::1%\r\nX:y]/abc;tcp",
                "msrp://[fe80::1% x]/abc;tcp",
                "msrp://1:2:3/abc;tcp",
                "msrp://host/abc;tcp;",
                "msrp://host/a\r\nb;tcp"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> MsrpUri.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not an MSRP URI");
    }

    @ParameterizedTest
    @CsvSource({
        "msrp://host/abc;tcp, MSRP://HOST/abc;TCP, true",
        "msrp://host/abc;tcp, msrps://host/abc;tcp, false",
        "msrp://host/abc;tcp, msrp://host/ABC;tcp, false",
        "msrp://host/abc;tcp, msrp://host;tcp, false",
        "msrp://host;tcp, msrp://host;tcp, true",
        "msrp://host:2855/abc;tcp, msrp://host/abc;tcp, false",
        "msrp://host:2855/abc;tcp, msrp://host:2856/abc;tcp, false",
        "msrp://host/abc;tcp, msrp://host/abc;sctp, false",
        "msrp://host/abc;tcp, msrp://user@host/abc;tcp;x=y, true",
        "msrp://[2001:db8::1]/abc;tcp, msrp://[2001:0DB8:0:0::1]/abc;tcp, true",
        "msrp://192.0.2.1/abc;tcp, msrp://192.0.2.2/abc;tcp, false",
        "msrp://host/abc;tcp, msrp://other/abc;tcp, false",
    })
    void m24_comparison(String one, String other, boolean equal) {
        MsrpUri left = MsrpUri.parse(one);
        MsrpUri right = MsrpUri.parse(other);
        assertThat(left.equals(right)).isEqualTo(equal);
        assertThat(right.equals(left)).isEqualTo(equal);
        if (equal) {
            assertThat(left).hasSameHashCodeAs(right);
        }
    }

    @Test
    void pathOfSeveral() {
        String path = "msrps://relay.example.test:2856/r1;tcp msrp://bob.example.test:9/b0b;tcp";
        List<MsrpUri> uris = MsrpUri.parsePath(path);
        assertThat(uris).hasSize(2);
        assertThat(MsrpUri.formatPath(uris)).isEqualTo(path);
        assertThatThrownBy(() -> MsrpUri.parsePath("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MsrpUri.parsePath(path + ", x")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void portToConnectTo() {
        assertThat(MsrpUri.parse("msrp://host/abc;tcp").portOrDefault()).isEqualTo(2855);
        assertThat(MsrpUri.parse("msrp://host:9/abc;tcp").portOrDefault()).isEqualTo(9);
    }
}
