package im.deferred.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.net.ssl.KeyManagerFactory;

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
                make(file, passwordFile, configuration.sip().host());
            }
            return new TlsIdentity(file, Files.readString(passwordFile));
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    /**
     * The key for a listener.
     *
     * @throws StartException if the key store cannot be read with the password
     */
    KeyManagerFactory keys() {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password.toCharArray());
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, password.toCharArray());
            return keys;
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
