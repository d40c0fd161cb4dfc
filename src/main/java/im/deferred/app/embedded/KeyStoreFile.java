package im.deferred.app.embedded;

import im.deferred.app.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The key and the self-signed certificate of the embedded server, made at the first start. For trying things out: an operator's
 * container has a certificate that others can check.
 *
 * @param file a PKCS #12 key store
 * @param password of the store and of the key in it
 */
record KeyStoreFile(Path file, String password) {

    private static final int PASSWORD_OCTETS = 24;

    /** The one in the data directory. */
    static KeyStoreFile in(Path dataDir, String host) {
        Path file = dataDir.toAbsolutePath().normalize().resolve("tls.p12");
        Path passwordFile = file.resolveSibling("tls.password");
        try {
            if (!Files.exists(file)) {
                byte[] random = new byte[PASSWORD_OCTETS];
                new SecureRandom().nextBytes(random);
                Files.deleteIfExists(passwordFile);
                Files.createFile(
                        passwordFile,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                Files.writeString(passwordFile, HexFormat.of().formatHex(random));
                make(file, passwordFile, host);
            }
            return new KeyStoreFile(file, Files.readString(passwordFile));
        } catch (IOException e) {
            throw new StartException("the key store %s cannot be used: %s".formatted(file, e.getMessage()), e);
        }
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
        String output = new String(keytool.getInputStream().readAllBytes());
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
