package im.deferred.it;

import static im.deferred.it.Configured.VIEWER_PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link HttpAccess} on the embedded server or Open Liberty, and where the passwords come from. */
@ExtendWith(ArquillianExtension.class)
class HttpAccessIT implements HttpAccess {

    private static final String ITS_OWN = "the users of other containers are theirs";

    @RegisterExtension
    static final Scene scene = new Scene();

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with();
    }

    @Override
    public DeployedServer server() {
        return scene.server();
    }

    @Test
    @EmbeddedOnly(ITS_OWN)
    void theOperatorsPasswordIsToldOnceAndAHashOfItIsKept(@TempDir Path dataDir) throws IOException {
        try (ServerProcess process = new ServerProcess(withoutPasswords(dataDir)).start()) {
            String password = passwordToldBy(process);
            assertThat(isOperators(process, password)).isTrue();
            assertThat(process.server()
                            .sendAs(DeployedServer.basic("viewer", ""), "GET", "/metrics", null)
                            .statusCode())
                    .isEqualTo(401);
            process.stop();
            GeneratedPassword.assertKeptAsHash(dataDir);
            GeneratedPassword.assertNowhereBelow(dataDir, password);

            process.start();
            assertThat(isOperators(process, password)).isTrue();
            process.stop();
            assertThat(process.outputLines()).noneMatch(line -> line.contains("password"));
            assertThat(process.errorLines()).noneMatch(line -> line.contains(password));

            Files.delete(GeneratedPassword.file(dataDir));
            process.start();
            String another = passwordToldBy(process);
            assertThat(isOperators(process, another)).isTrue();
            assertThat(isOperators(process, password)).isFalse();
        }
    }

    @Test
    @EnabledIfSystemProperty(
            named = "it.container",
            matches = "open-liberty",
            disabledReason = "others make a password")
    void nobodyIsAUserWhoHasNoPassword(@TempDir Path dataDir) {
        try (ServerProcess process = new ServerProcess(withoutPasswords(dataDir)).start()) {
            for (String user : List.of("operator", "viewer")) {
                for (String password : List.of("", " ", "${deferred-im.http." + user + "-password}")) {
                    assertThat(process.server()
                                    .sendAs(DeployedServer.basic(user, password), "GET", "/metrics", null)
                                    .statusCode())
                            .isEqualTo(401);
                }
                assertThat(process.errorLines())
                        .anyMatch(line -> line.contains("CWWKS3100E") && line.contains("'" + user + "'"));
            }
        }
    }

    @Test
    @EmbeddedOnly(ITS_OWN)
    void afterFiveWrongPasswordsNoneIsTakenOfThatUser(@TempDir Path dataDir) {
        try (ServerProcess process = new ServerProcess(new Configured(dataDir)).start()) {
            String right = process.server().operatorPassword();
            for (int i = 0; i < 5; i++) {
                assertThat(isOperators(process, right)).isTrue();
                assertThat(isOperators(process, "wrong")).isFalse();
            }
            for (int i = 0; i < 4; i++) {
                assertThat(isOperators(process, "wrong")).isFalse();
            }
            assertThat(isOperators(process, right)).isFalse();
            assertThat(process.server()
                            .sendAs(DeployedServer.basic("viewer", VIEWER_PASSWORD), "GET", "/metrics", null)
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EmbeddedOnly(ITS_OWN)
    @ValueSource(strings = {"", "secret", "PBKDF2WithHmacSHA256:00:zz", "PBKDF2WithHmacSHA1:00:00"})
    void saysThatTheOperatorsPasswordCannotBeUsed(String content, @TempDir Path dataDir) throws IOException {
        Files.writeString(GeneratedPassword.file(dataDir), content);
        try (ServerProcess process = new ServerProcess(withoutPasswords(dataDir))) {
            assertThat(process.run()).isEqualTo(1);
            assertThat(process.errorLines())
                    .singleElement()
                    .asString()
                    .contains(GeneratedPassword.file(dataDir).toString(), "cannot be used", "another one is made");
        }
    }

    private static String passwordToldBy(ServerProcess process) {
        process.awaitOutput("password");
        return GeneratedPassword.in(process.outputLines());
    }

    private static Configured withoutPasswords(Path dataDir) {
        return new Configured(dataDir).set("http.operator-password", "").set("http.viewer-password", "");
    }

    private static boolean isOperators(ServerProcess process, String password) {
        int status = process.server().withPassword(password).get("/metrics").statusCode();
        assertThat(status).isIn(200, 401);
        return status == 200;
    }
}
