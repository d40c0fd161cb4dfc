package im.deferred.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** The operator's password that a server made for itself. */
final class GeneratedPassword {

    private static final String TOLD = "HTTP user operator, password (shown this once): ";
    private static final int LEAST_OCTETS = 16;

    private GeneratedPassword() {}

    /** Where the hash of it is. */
    static Path file(Path dataDir) {
        return dataDir.resolve("operator.password");
    }

    /** The one that is told in these lines, in one of them. */
    static String in(List<String> lines) {
        List<String> told =
                lines.stream().filter(line -> line.contains("password")).toList();
        assertThat(told).singleElement().asString().startsWith(TOLD);
        String password = told.get(0).substring(TOLD.length());
        assertThat(Base64.getUrlDecoder().decode(password)).hasSizeGreaterThanOrEqualTo(LEAST_OCTETS);
        return password;
    }

    /** A hash of it is in that data directory, and nobody else's to read. */
    static void assertKeptAsHash(Path dataDir) throws IOException {
        Path file = file(dataDir);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(file).content().matches("PBKDF2WithHmacSHA256:[0-9a-f]{32}:[0-9a-f]{64}\n");
    }

    /** The password itself is in no file there. */
    static void assertNowhereBelow(Path directory, String password) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            assertThat(all.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .noneMatch(file -> contents(file).contains(password));
        }
    }

    private static String contents(Path file) {
        try {
            return Files.readString(file, ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
