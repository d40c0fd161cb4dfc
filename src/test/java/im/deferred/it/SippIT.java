package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The server as programs see it that share nothing with it: the scenarios of {@code src/test/sipp}, played by SIPp, with MSRP spoken by
 * scripts.
 */
@ExtendWith(ArquillianExtension.class)
class SippIT {

    private static final Path SCENARIOS = Path.of("src/test/sipp");

    /** How long a scenario may take. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final List<ExternalProgram> programs = new ArrayList<>();
    private final DeployedServer server = DeployedServer.current();

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with("push.idle=PT0.2S");
    }

    @BeforeEach
    void isInstalled() {
        boolean installed = ExternalProgram.find("sipp").isPresent()
                && ExternalProgram.find("python3").isPresent();
        if (!installed) {
            System.out.println("SKIPPED: sipp or python3 is not installed, its scenarios are not played");
        }
        assumeTrue(installed, "sipp or python3 is not installed, its scenarios are not played");
    }

    @AfterEach
    void end() {
        programs.forEach(ExternalProgram::close);
    }

    @Test
    void aMessageToAnAbsentUserIsStored() throws Exception {
        long waiting = server.waiting();
        sipp("message.xml", "-s", "absent").awaitSuccess(LIMIT);

        assertThat(server.waiting()).isEqualTo(waiting + 1);
    }

    @Test
    void whatIsStoredIsPushedToWhoRegisters() throws Exception {
        long waiting = server.waiting();
        sipp("message.xml", "-s", "bob", "-m", "3").awaitSuccess(LIMIT);
        ExternalProgram sink = script("msrp_sink.py", "0");
        String port = sink.lines().next(SOON).substring("port ".length());
        ExternalProgram core =
                sipp("push.xml", "-p", Integer.toString(server.core().getPort()), "-key", "msrp_port", port);

        sipp("register.xml", "-s", "bob", "-key", "expires", "600").awaitSuccess(LIMIT);
        core.awaitSuccess(LIMIT);
        sink.awaitSuccess(LIMIT);

        List<String> messages = sink.lines().all().stream().skip(1).toList();
        assertThat(messages).hasSize(3).allSatisfy(message -> {
            String[] parts = message.split(" ");
            assertThat(parts[0]).isEqualTo("message/sip");
            assertThat(new String(Base64.getDecoder().decode(parts[1]), UTF_8))
                    .startsWith("MESSAGE sip:bob@example.test SIP/2.0\r\n")
                    .endsWith("\r\n\r\nWritten by sipp");
        });
        assertThat(server.waiting()).isEqualTo(waiting);
        sipp("register.xml", "-s", "bob", "-key", "expires", "0").awaitSuccess(LIMIT);
    }

    @Test
    void whatIsSentInASessionToAnAbsentUserIsStored() throws Exception {
        long waiting = server.waiting();
        sipp("session.xml", "-s", "dave").awaitSuccess(LIMIT);

        assertThat(server.waiting()).isEqualTo(waiting + 2);
    }

    @Test
    void aUserWhoSubscribesIsToldWhatWaits() throws Exception {
        sipp("message.xml", "-s", "erin").awaitSuccess(LIMIT);

        sipp("notify.xml", "-s", "erin").awaitSuccess(LIMIT);
    }

    @Test
    void aUserFetchesWhatWaits() throws Exception {
        sipp("message.xml", "-s", "frank", "-m", "2").awaitSuccess(LIMIT);
        long waiting = server.waiting();
        ExternalProgram sink = script("msrp_sink.py", "0");
        String port = sink.lines().next(SOON).substring("port ".length());

        sipp("pull.xml", "-s", "frank", "-key", "msrp_port", port).awaitSuccess(LIMIT);
        sink.awaitSuccess(LIMIT);

        assertThat(sink.lines().all()).hasSize(3);
        assertThat(server.waiting()).isEqualTo(waiting - 2);
    }

    private ExternalProgram sipp(String scenario, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of("sipp", "127.0.0.1:" + server.sip().getPort()));
        command.addAll(
                List.of("-sf", scenario, "-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "25", "-timeout_error"));
        command.addAll(List.of(arguments));
        return started(scenario, command);
    }

    private ExternalProgram script(String name, String... arguments) {
        List<String> command = new ArrayList<>(List.of("python3", name));
        command.addAll(List.of(arguments));
        return started(name, command);
    }

    private ExternalProgram started(String name, List<String> command) {
        ExternalProgram program = new ExternalProgram(name, SCENARIOS, command);
        programs.add(program);
        return program;
    }
}
