package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same sessions over TLS, to a server that an authority vouches for. */
class MsrpTlsTest extends MsrpFixture {
    private static Identity server;
    private static Identity elsewhere;
    private static Identity client;

    private InetSocketAddress tlsAddress;

    @BeforeAll
    static void makeCertificates(@TempDir Path folder) throws Exception {
        server = Identity.of(folder, "127.0.0.1");
        elsewhere = Identity.of(folder, "192.0.2.1");
        client = Identity.of(folder, "192.0.2.2");
    }

    @BeforeEach
    void listenOverTls() throws Exception {
        tlsAddress = endpoint.listen(loopback(0), server.tls());
    }

    private MsrpSession open(MsrpEndpoint from, InetSocketAddress to) {
        MsrpUri mine = from.newUri(true, "127.0.0.1", 9);
        MsrpUri theirs = endpoint.newUri(true, "127.0.0.1", to.getPort());
        endpoint.open(new MsrpAgreement(theirs, List.of(mine), Role.PASSIVE, received, SETUP));
        return from.open(new MsrpAgreement(mine, List.of(theirs), Role.ACTIVE, IncomingHandler.REFUSE_ALL, SETUP));
    }

    @Test
    void m38_messagesOverTls() throws Exception {
        MsrpEndpoint trusting = own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, client.trusting(server)));
        MsrpSession session = open(trusting, tlsAddress);
        byte[] content = new byte[300_000];
        assertThat(await(session.send(message("msg00001", content)))).isEqualTo(new Delivery.Confirmed());
        assertThat(received.messages.remove().content()).isEqualTo(content);
    }

    @Test
    void m38_aCertificateThatIsNotTrustedEndsTheConnection() throws Exception {
        MsrpEndpoint suspicious = own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, client.tls()));
        MsrpSession session = open(suspicious, tlsAddress);
        assertThatThrownBy(() -> await(session.ready())).hasCauseInstanceOf(MsrpSessionException.class);
        assertThat(received.messages).isEmpty();
    }

    @Test
    void m38_aTrustedCertificateOfAnotherHostEndsTheConnection() throws Exception {
        MsrpEndpoint trusting = own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, client.trusting(elsewhere)));
        MsrpSession session = open(trusting, endpoint.listen(loopback(0), elsewhere.tls()));
        assertThatThrownBy(() -> await(session.ready()))
                .hasCauseInstanceOf(MsrpSessionException.class)
                .hasMessageContaining("127.0.0.1");
        assertThat(received.messages).isEmpty();
    }

    @Test
    void withoutTlsConfiguredThereIsNoSecureSession() {
        MsrpSession session = open(endpoint, tlsAddress);
        assertThatThrownBy(() -> await(session.ready()))
                .hasCauseInstanceOf(MsrpSessionException.class)
                .hasMessageContaining("no TLS configured");
    }
}
