package im.deferred.app;

import im.deferred.msrp.Fingerprint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.PKIXParameters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * The key and the certificate by which the server is known over TLS: those that the operator configured, or else a self-signed
 * pair in the data directory, made at the first start, to try things out with.
 *
 * @param file a PKCS #12 key store
 * @param password of the store and of the key in it
 */
public record TlsIdentity(Path file, String password) {

    private static final int PASSWORD_OCTETS = 24;

    /**
     * The one of this configuration.
     *
     * @throws StartException if it cannot be read or made
     */
    public static TlsIdentity of(Configuration configuration) {
        Configuration.Tls tls = configuration.tls();
        if (!tls.keyStore().isEmpty()) {
            return new TlsIdentity(Path.of(tls.keyStore()), tls.password());
        }
        Path file = configuration.dataDir().toAbsolutePath().normalize().resolve("tls.p12");
        Path passwordFile = file.resolveSibling("tls.password");
        try {
            if (!Files.exists(file)) {
                Files.createDirectories(file.getParent());
                Files.deleteIfExists(passwordFile);
                Files.createFile(
                        passwordFile,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                byte[] random = new byte[PASSWORD_OCTETS];
                new SecureRandom().nextBytes(random);
                Files.writeString(passwordFile, HexFormat.of().formatHex(random));
                make(file, passwordFile, configuration.sip().host().replaceAll("[\\[\\]]", ""));
            }
            return new TlsIdentity(file, Files.readString(passwordFile));
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /**
     * The key, for either end of a connection.
     *
     * @throws StartException if the key store cannot be read with the password
     */
    public KeyManagerFactory keys() {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(load(file, password), password.toCharArray());
            return keys;
        } catch (GeneralSecurityException e) {
            throw unusable(file, e);
        }
    }

    /**
     * Of each certificate that may be shown: one, unless the operator's key store has several keys.
     *
     * @throws StartException if the key store cannot be read with the password
     */
    List<Fingerprint> fingerprints() {
        try {
            KeyStore store = load(file, password);
            List<Fingerprint> fingerprints = new ArrayList<>();
            for (String alias : Collections.list(store.aliases())) {
                if (store.isKeyEntry(alias)) {
                    fingerprints.add(Fingerprint.of(store.getCertificate(alias)));
                }
            }
            return fingerprints;
        } catch (GeneralSecurityException e) {
            throw unusable(file, e);
        }
    }

    /**
     * The authorities of this configuration, or null for those that the JDK trusts.
     *
     * @throws StartException if they cannot be read, or are none
     */
    public static TrustManagerFactory authorities(Configuration.Tls tls) {
        if (tls.trustStore().isEmpty()) {
            return null;
        }
        Path file = Path.of(tls.trustStore());
        try {
            KeyStore store = load(file, tls.trustPassword());
            new PKIXParameters(store); // refuses a store without a trusted certificate
            TrustManagerFactory authorities =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            authorities.init(store);
            return authorities;
        } catch (GeneralSecurityException e) {
            throw unusable(file, e);
        }
    }

    private static KeyStore load(Path file, String password) {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password.toCharArray());
            return store;
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(file, e);
        }
    }

    /** Without the password. */
    @Override
    public String toString() {
        return file.toString();
    }

    private static StartException unusable(Path file, Exception e) {
        return new StartException("the key store %s cannot be used: %s".formatted(file, e.getMessage()), e);
    }

    private static void make(Path file, Path passwordFile, String host) throws IOException {
        String name = host.matches("[0-9.]+|.*:.*") ? "ip:" + host : "dns:" + host;
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "deferred-im",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=" + host,
                        "-ext",
                        "san=" + name,
                        "-validity",
                        "3650",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass:file",
                        passwordFile.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (keytool.waitFor() != 0) {
                throw new IOException("keytool: " + output.lines().findFirst().orElse("failed"));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool ran", e);
        }
    }
}
