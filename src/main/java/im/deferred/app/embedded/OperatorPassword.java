package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import im.deferred.app.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * The password of the user {@code operator} that the server made for itself: what it is has been told once, and what is kept in the data
 * directory is a hash of it (PBKDF2, RFC 8018 §5.2). Without the file another one is made.
 */
final class OperatorPassword {

    private static final String ALGORITHM = "PBKDF2WithHmacSHA256";

    /** That of 24 random octets nobody finds by trying, so that few rounds do: each request brings the password. */
    private static final int PASSWORD_OCTETS = 24;

    private static final int ROUNDS = 1000;
    private static final int SALT_OCTETS = 16;
    private static final int HASH_OCTETS = 32;

    private final byte[] salt;
    private final byte[] hash;

    private OperatorPassword(byte[] salt, byte[] hash) {
        this.salt = salt;
        this.hash = hash;
    }

    /**
     * The one of this data directory, made now and told in a line on standard output if there is none yet.
     *
     * @throws StartException if it cannot be read or made
     */
    static OperatorPassword of(Configuration configuration) {
        Path file = EmbeddedServer.dataDir(configuration).resolve("operator.password");
        try {
            return Files.exists(file) ? read(file) : make(file);
        } catch (IOException | IllegalArgumentException e) {
            throw new StartException(
                    "the operator's password in %s cannot be used (without that file another one is made): %s"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    /** Whether this is it. */
    boolean is(String password) {
        return MessageDigest.isEqual(hash, hash(password, salt));
    }

    private static OperatorPassword read(Path file) throws IOException {
        String[] fields = Files.readString(file).strip().split(":");
        if (fields.length != 3 || !fields[0].equals(ALGORITHM)) {
            throw new IOException("not " + ALGORITHM + ", salt and hash, with colons between");
        }
        return new OperatorPassword(
                HexFormat.of().parseHex(fields[1]), HexFormat.of().parseHex(fields[2]));
    }

    private static OperatorPassword make(Path file) throws IOException {
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(random(PASSWORD_OCTETS));
        byte[] salt = random(SALT_OCTETS);
        OperatorPassword made = new OperatorPassword(salt, hash(password, salt));
        // Whole or not at all, and nobody else's to read at any time.
        Path whole = Files.createTempFile(
                file.getParent(),
                "operator",
                ".password",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                whole,
                String.join(
                                ":",
                                ALGORITHM,
                                HexFormat.of().formatHex(made.salt),
                                HexFormat.of().formatHex(made.hash))
                        + "\n");
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        System.out.println("HTTP user operator, password (shown this once): " + password);
        return made;
    }

    private static byte[] random(int octets) {
        byte[] random = new byte[octets];
        new SecureRandom().nextBytes(random);
        return random;
    }

    private static byte[] hash(String password, byte[] salt) {
        try {
            PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, ROUNDS, 8 * HASH_OCTETS);
            return SecretKeyFactory.getInstance(ALGORITHM).generateSecret(spec).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
