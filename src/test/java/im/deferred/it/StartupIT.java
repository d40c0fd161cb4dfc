package im.deferred.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.lab.RawClient;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Transport;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.restcomm.commons.statistics.reporter.RestcommStatsReporter;

/**
 * A start that goes well, what is then there, and starts that cannot go well: one clear line, and exit code 1 or, in a container that goes
 * on without the application, 503.
 */
@ExtendWith(ArquillianExtension.class)
class StartupIT {

    @RegisterExtension
    static final Scene scene = new Scene();

    private static final String PORTS = "elsewhere the ports of SIP and HTTP are the container's";

    @TempDir
    private Path dataDir;

    @Deployment(testable = false)
    static WebArchive war() {
        return PackagedWar.with();
    }

    @ParameterizedTest
    @CsvSource({
        "/health/live, text/plain, ok",
        "/health/ready, text/plain, ok",
        "/metrics, text/plain, deferred_im_messages_waiting 0.0",
        "/, text/html, Messages waiting"
    })
    void servesOperatorsOverHttp(String path, String type, String content) {
        var response = scene.server().get(path);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith(type);
        assertThat(response.body()).contains(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health/other", "/nothing", "/WEB-INF/web.xml"})
    void hasNothingElseToShow(String path) {
        assertThat(scene.server().get(path).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"UDP", "TCP"})
    void answersTheCoresOptions(Transport transport) {
        SipMessage options = Requests.message("sip:im-server@example.test", "").with("CSeq", "1 OPTIONS");
        SipMessage answer = scene.core()
                .request(
                        new SipMessage("OPTIONS sip:im-server@example.test SIP/2.0", options.headers(), options.body()),
                        transport);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.need("Allow").split(", *"))
                .contains("REGISTER", "MESSAGE", "INVITE", "ACK", "CANCEL", "BYE", "UPDATE", "SUBSCRIBE", "OPTIONS")
                .doesNotContain("PUBLISH");
    }

    @Test
    void packsNothingOfTheContainer() throws IOException {
        try (ZipFile war = new ZipFile(PackagedWar.FILE.toFile())) {
            List<String> names = war.stream().map(ZipEntry::getName).toList();
            assertThat(names)
                    .contains("WEB-INF/sip.xml", "WEB-INF/web.xml", "WEB-INF/classes/im/deferred/app/Startup.class")
                    .noneMatch(name -> name.startsWith("WEB-INF/classes/im/deferred/app/embedded/"))
                    .noneMatch(name -> name.startsWith("WEB-INF/classes/im/deferred/lab/"))
                    .noneMatch(name -> name.startsWith("WEB-INF/classes/org/"))
                    .noneMatch(name -> name.matches("WEB-INF/lib/.*(sip-servlets|jain-sip|tomcat|catalina|mobicents"
                            + "|restcomm|javolution|servlet-api|log4j).*"));
        }
        assertThat(Files.mismatch(PackagedWar.FILE, PackagedWar.FILE.resolveSibling("deferred-im.sar")))
                .isEqualTo(-1);
    }

    /** The container would report its usage to a host on the internet by the class of this name. */
    @Test
    @EmbeddedOnly("no other container is on this class path")
    void reportsNothingToAnyStatisticsHost() throws ClassNotFoundException {
        Class<?> reporter = Class.forName("org.restcomm.commons.statistics.reporter.RestcommStatsReporter");

        assertThat(reporter).isSameAs(RestcommStatsReporter.class);
        assertThat(reporter.getProtectionDomain().getCodeSource().getLocation().getPath())
                .endsWith("/target/classes/");
        assertThat(reporter.getDeclaredFields())
                .allMatch(field -> field.getName().equals("METRICS"));
        assertThat(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")))
                .doesNotContain("org/restcomm/commons");
    }

    @Test
    @EmbeddedOnly(PORTS)
    void saysThatThePortOfSipIsBusyForUdp() throws IOException {
        assertSaysBusy("sip.port", new DatagramSocket(loopback()), DatagramSocket::getLocalPort);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sip.port", "sip.tls-port", "http.port"})
    @EmbeddedOnly(PORTS)
    void saysThatAPortIsBusy(String key) throws IOException {
        assertSaysBusy(key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"msrp.port", "msrp.tls-port"})
    void saysThatAPortOfMsrpIsBusy(String key) throws IOException {
        assertSaysBusy(key);
    }

    private void assertSaysBusy(String key) throws IOException {
        ServerSocket busy = new ServerSocket();
        busy.bind(loopback());
        assertSaysBusy(key, busy, ServerSocket::getLocalPort);
    }

    private interface PortOf<T> {
        int of(T socket);
    }

    private <T extends Closeable> void assertSaysBusy(String key, T socket, PortOf<T> portOf) throws IOException {
        try (T busy = socket) {
            String port = Integer.toString(portOf.of(busy));
            assertSaysWhyNot(new Configured(dataDir).set(key, port), "deferred-im." + key, "'" + port + "'", "in use");
        }
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress("127.0.0.1", 0);
    }

    @ParameterizedTest
    @CsvSource({
        "push.idle, soon, PT5S",
        "push.default, never, 'push, notify, pull, hold'",
        "core.trusted, everybody, CIDR",
        "message.max-size, 10X, size",
        "push.ilde, PT5S, push.idle"
    })
    void saysWhatIsWrongWithAValue(String key, String value, String allowed) {
        assertSaysWhyNot(new Configured(dataDir).set(key, value), "deferred-im." + key, value, allowed);
    }

    @Test
    void saysThatTheDatabaseCannotBeOpened() throws IOException {
        Path file = Files.write(dataDir.resolve("deferred-im.mv.db"), new byte[8192]);

        assertSaysWhyNot(new Configured(dataDir), "the database jdbc:h2:file:" + dataDir, "cannot be opened");
        assertThat(file).as("left as it was").hasSize(8192);
    }

    @Test
    void saysThatADatabaseOfTheOperatorsCannotBeOpened() {
        String url = "jdbc:h2:file:/proc/nowhere/deferred-im";

        assertSaysWhyNot(new Configured(dataDir).set("database.url", url), url, "cannot be opened");
    }

    @Test
    void saysThatTheContainerHasNoSuchDataSource() {
        assertSaysWhyNot(
                new Configured(dataDir).set("database.jndi", "jdbc/nothing"), "jdbc/nothing", "cannot be opened");
    }

    @Test
    @EmbeddedOnly("the tests' own container lies in the data directory")
    void saysThatTheDataDirectoryCannotBeUsed() throws IOException {
        Path file = Files.write(dataDir.resolve("file"), "no directory".getBytes(UTF_8));

        assertSaysWhyNot(new Configured(file), file.toString());
    }

    @Test
    void saysThatTheKeyStoreCannotBeUsed() {
        assertSaysWhyNot(
                new Configured(dataDir).set("tls.key-store", "/nowhere/key.p12"), "/nowhere/key.p12", "cannot be used");
    }

    /** One line on standard error in which all of this stands; then exit code 1, or nothing is taken. */
    private static void assertSaysWhyNot(Configured configured, String... words) {
        try (ServerProcess process = new ServerProcess(configured)) {
            if (OpenLiberty.isChosen()) {
                assertThat(process.startInVain()).contains(words);
                assertThat(process.server().get("/health/ready").statusCode()).isEqualTo(503);
                assertAnswers503(process.server());
                return;
            }
            int code = process.run();

            assertThat(process.errorLines()).singleElement().asString().contains(words);
            assertThat(code).isEqualTo(1);
        }
    }

    private static void assertAnswers503(DeployedServer server) {
        try (RawClient core = new RawClient(Transport.UDP, "127.0.0.1", server.sip())) {
            Requests.send(core, "UDP", Requests.message("sip:absent@example.test", "hello"));
            assertThat(core.awaitSip(Scene.SOON).status()).isEqualTo(503);
        }
    }
}
