package im.deferred.it;

import static im.deferred.it.Newcomer.READY;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README of the archive holds: how it is assembled, run, and made a service. */
class RestcommTomcatReadmeIT {

    private static final Duration LIMIT = Duration.ofMinutes(15);

    /** Only what it writes to belongs to the service's user, and systemd, where it is installed, finds nothing wrong with the unit. */
    private static final String IS_AS_IT_SAYS = """
            [ -z "$(find . -user deferred-im | grep -Ev '^\\./(data|logs|temp|webapps|work)(/|$)' || true)" ]
            if command -v systemd-analyze; then
              [ -z "$(systemd-analyze verify /etc/systemd/system/deferred-im.service 2>&1 | grep -F deferred-im || true)" ]
            fi
            """;

    @TempDir
    private Path directory;

    @Test
    void theArchiveIsAssembledAndRun() throws Exception {
        Newcomer.assumeSomewhereToBe();
        Newcomer.assumeInstalled("mvn", "setpriv", "useradd");
        Readme readme = new Readme("deploy/restcomm-tomcat");

        List<String> said = new Newcomer(directory)
                .hasMaven()
                .runs(readme.commands())
                .runs(readme.commands())
                .goesTo("target")
                .runs(readme.commands())
                .starts(
                        "service",
                        "setpriv --reuid deferred-im --regid deferred-im --clear-groups /opt/deferred-im/bin/catalina.sh run",
                        READY + " | grep -qx ok")
                .runs(IS_AS_IT_SAYS)
                .runs("bash -n <<'END'\n" + readme.next("sh systemd") + "END")
                .succeeds(LIMIT);

        assertThat(said).contains("ok");
        readme.end();
    }

    /** The guide's certificates, on this container. */
    @Test
    void theArchiveSpeaksTls() throws Exception {
        Newcomer.assumeSomewhereToBe();
        Newcomer.assumeInstalled("openssl");
        Readme tls = new Readme("deploy/tls");
        Newcomer newcomer = new Newcomer(directory)
                .runs("tar xzf '" + InstalledTomcat.ARCHIVE.toAbsolutePath() + "'")
                .runs(tls.commands())
                .runs(tls.commands())
                .runs(tls.commands())
                .runs("cat tls.properties >> ../deferred-im/conf/deferred-im.properties")
                .runs("../deferred-im/bin/deferred-im-start.sh");
        tls.commands(); // Kamailio's, which has no part in this
        List<String> said = newcomer.runs(tls.commands())
                .runs("../deferred-im/bin/deferred-im-stop.sh")
                .succeeds(LIMIT);

        assertThat(said).contains("ok", "Refused, as it has no certificate");
        tls.end();
    }
}
