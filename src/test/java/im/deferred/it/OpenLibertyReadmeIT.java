package im.deferred.it;

import static im.deferred.it.Newcomer.READY;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The README of Open Liberty holds, by Maven and with a runtime that is there. */
@EnabledIfSystemProperty(
        named = "it.container",
        matches = "open-liberty",
        disabledReason = "needs the runtime that the profile open-liberty downloads")
class OpenLibertyReadmeIT {

    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final String METRICS = "http://127.0.0.1:8080/deferred-im/metrics";

    @TempDir
    private Path directory;

    @Test
    void theServerRunsOnOpenLiberty() throws Exception {
        Newcomer.assumeSomewhereToBe();
        Newcomer.assumeInstalled("mvn");
        Readme readme = new Readme("deploy/open-liberty");
        String isReady = readme.says(READY) + " | grep -qx ok";

        new Newcomer(directory)
                .hasMaven()
                .starts("server", readme.next("sh keeps-running"), isReady)
                .runs("[ -e target/liberty/wlp/usr/servers/deferred-im/logs/messages.log ]")
                .runs("[ -e target/liberty/wlp/usr/servers/deferred-im/data/deferred-im.mv.db ]")
                .stops("server")
                .runs("mv target/liberty/wlp . && rm -r wlp/usr/servers/deferred-im")
                .starts("server", readme.next("sh keeps-running"), isReady)
                .runs("[ -e wlp/usr/servers/deferred-im/data/deferred-im.mv.db ]")
                .stops("server")
                .runsTyping("s3cret", readme.commands())
                .runs(readme.commands())
                .starts("server", "wlp/bin/server run deferred-im", isReady)
                .runs("curl -sS --fail -u operator:s3cret " + METRICS)
                .runs("[ \"$(curl -sS -o /dev/null -w '%{http_code}' " + METRICS + ")\" = 401 ]")
                .succeeds(LIMIT);
        readme.end();
    }
}
