package im.deferred.msrp;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A key and its self-signed certificate, made by the JDK's keytool. */
public record Identity(KeyManagerFactory keys, X509Certificate certificate) {
    private static final String PASSWORD = "changeit";

    /**
     * Makes one.
     *
     * @param folder to keep it in meanwhile
     * @param host the address that the certificate is for
     */
    public static Identity of(Path folder, String host)
            throws IOException, GeneralSecurityException, InterruptedException {
        Path file = Files.createTempDirectory(folder, "identity").resolve("tls.p12");
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
                        "CN=" + host,
                        "-ext",
                        "san=ip:" + host,
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!keytool.waitFor(30, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            keytool.destroyForcibly();
            throw new IOException("keytool made no certificate");
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        return new Identity(keys, (X509Certificate) store.getCertificate("msrp"));
    }

    /** TLS with this certificate, that believes nobody's but the one of that other. */
    public MsrpTls trusting(Identity other) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("other", other.certificate);
        TrustManagerFactory authorities = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        authorities.init(store);
        return new MsrpTls(keys, authorities);
    }

    /** TLS with this certificate, that believes what the JDK believes. */
    public MsrpTls tls() {
        return new MsrpTls(keys, null);
    }

    /** TLS of the JDK alone, that shows that certificate, or none, and believes any: who the other is the test may look at. */
    public static SSLContext believing(Identity shown) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                shown == null ? null : shown.keys.getKeyManagers(),
                InsecureTrustManagerFactory.INSTANCE.getTrustManagers(),
                new SecureRandom());
        return context;
    }

    /** The one that its SDP names. */
    public Set<Fingerprint> fingerprints() {
        return Set.of(Fingerprint.of(certificate));
    }
}
