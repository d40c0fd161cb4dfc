package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same sessions over TLS, with a certificate made by the JDK's keytool. */
class MsrpTlsTest extends MsrpFixture {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path folder;

    private InetSocketAddress tlsAddress;
    private X509Certificate certificate;

    @BeforeEach
    void listenOverTls() throws Exception {
        Path file = folder.resolve("tls.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "msrp",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        certificate = (X509Certificate) store.getCertificate("msrp");
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        tlsAddress =
                endpoint.listen(loopback(0), SslContextBuilder.forServer(keys).build());
    }

    private MsrpSession open(MsrpEndpoint client) {
        MsrpUri mine = client.newUri(true, "127.0.0.1", 9);
        MsrpUri theirs = endpoint.newUri(true, "127.0.0.1", tlsAddress.getPort());
        endpoint.open(theirs, List.of(mine), Role.PASSIVE, received, SETUP);
        return client.open(mine, List.of(theirs), Role.ACTIVE, IncomingHandler.REFUSE_ALL, SETUP);
    }

    @Test
    void messagesOverTls() throws Exception {
        SslContext trusting =
                SslContextBuilder.forClient().trustManager(certificate).build();
        MsrpSession session = open(own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, trusting)));
        byte[] content = new byte[300_000];
        assertThat(await(session.send(message("msg00001", content)))).isEqualTo(new Delivery.Confirmed());
        assertThat(received.messages.remove().content()).isEqualTo(content);
    }

    @Test
    void m38_aCertificateThatIsNotTrustedEndsTheConnection() throws Exception {
        SslContext suspicious = SslContextBuilder.forClient().build();
        MsrpSession session = open(own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, suspicious)));
        assertThatThrownBy(() -> await(session.ready())).hasCauseInstanceOf(MsrpSessionException.class);
        assertThat(received.messages).isEmpty();
    }

    @Test
    void withoutTlsConfiguredThereIsNoSecureSession() {
        MsrpSession session = open(endpoint);
        assertThatThrownBy(() -> await(session.ready()))
                .hasCauseInstanceOf(MsrpSessionException.class)
                .hasMessageContaining("no TLS configured");
    }
}
