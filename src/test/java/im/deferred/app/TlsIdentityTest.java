package im.deferred.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.Identity;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By which certificate the server is known, and whose it believes. */
class TlsIdentityTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "[::1]", "im.example.test"})
    void theFirstStartMakesACertificateAndTheNextOnesKeepIt(String host) {
        Configuration configuration = ConfigurationReader.read(new SmallRyeConfigBuilder()
                .withSources(new PropertiesConfigSource(
                        Map.of("deferred-im.data-dir", folder.toString(), "deferred-im.sip.host", host), "test", 100))
                .build());

        TlsIdentity made = TlsIdentity.of(configuration);
        X509ExtendedKeyManager keys = (X509ExtendedKeyManager) made.keys().getKeyManagers()[0];
        X509Certificate shown = keys.getCertificateChain(keys.getServerAliases("EC", null)[0])[0];
        assertThat(made.fingerprints()).containsExactly(Fingerprint.of(shown));
        assertThat(TlsIdentity.of(configuration).fingerprints()).isEqualTo(made.fingerprints());
    }

    @Test
    void authoritiesAreThoseOfTheTrustStore() throws Exception {
        X509Certificate certificate = Identity.of(folder, "127.0.0.1").certificate();
        Path store = trustStore(certificate);

        X509TrustManager believing = (X509TrustManager)
                TlsIdentity.authorities(trusting(store, "s3cret")).getTrustManagers()[0];
        assertThat(believing.getAcceptedIssuers()).containsExactly(certificate);
        assertThat(TlsIdentity.authorities(new Configuration.Tls("", "", "", "")))
                .as("those of the JDK")
                .isNull();
    }

    @Test
    void aTrustStoreOfNoUseStopsTheStart() throws Exception {
        Path store = trustStore(Identity.of(folder, "127.0.0.1").certificate());
        Path empty = trustStore();

        for (Configuration.Tls tls : List.of(
                trusting(store, "wrong"), trusting(empty, "s3cret"), trusting(folder.resolve("nowhere"), "s3cret"))) {
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> TlsIdentity.authorities(tls))
                    .withMessageContaining(tls.trustStore())
                    .withMessageNotContaining("s3cret");
        }
    }

    private static Configuration.Tls trusting(Path store, String password) {
        return new Configuration.Tls("", "", store.toString(), password);
    }

    private Path trustStore(X509Certificate... certificates) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (X509Certificate certificate : certificates) {
            store.setCertificateEntry("authority", certificate);
        }
        Path file = folder.resolve(certificates.length + ".p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "s3cret".toCharArray());
        }
        return file;
    }
}
