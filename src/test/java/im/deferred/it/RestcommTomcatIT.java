package im.deferred.it;

import static im.deferred.it.Scene.SOON;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.lab.Lab;
import im.deferred.lab.SipCore;
import im.deferred.lab.Trace;
import im.deferred.lab.User;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The archive of Restcomm SIP Servlets on Tomcat, as an operator runs it: unpacked anywhere, started and stopped by its scripts. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RestcommTomcatIT implements HttpAccess {

    @TempDir
    static Path folder;

    private static Configured configured;
    private static InstalledTomcat tomcat;
    private static DeployedServer server;

    @BeforeAll
    static void start() throws Exception {
        configured = new Configured(Path.of("data")).set("push.idle", "PT1S").set("http.operator-password", "");
        tomcat = new InstalledTomcat(folder, configured);
        server = DeployedServer.at(configured).withPassword(GeneratedPassword.in(tomcat.start()));
    }

    @Override
    public DeployedServer server() {
        return server;
    }

    @AfterAll
    static void end() throws Exception {
        if (tomcat != null) {
            tomcat.close();
        }
    }

    @Test
    void playsTheThirteenSteps() {
        ByteArrayOutputStream ladder = new ByteArrayOutputStream();
        try (Lab lab = new Lab(server.sip(), server.core().getPort(), new PrintStream(ladder, true, UTF_8))) {
            assertThat(lab.play()).as(() -> ladder.toString(UTF_8)).isTrue();
        }
        assertThat(server.waiting()).isZero();
    }

    @Test
    void writesBelowItsOwnDirectoryOnly() throws IOException {
        assertThat(tomcat.home().resolve("data/deferred-im.mv.db")).exists();
        try (Stream<Path> top = Files.list(tomcat.home())) {
            assertThat(top.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "LICENSE",
                            "NOTICE",
                            "README.md",
                            "bin",
                            "conf",
                            "data",
                            "deferred-im.service",
                            "lib",
                            "logs",
                            "temp",
                            "webapps",
                            "work");
        }
    }

    @Test
    void tellsTheOperatorsPasswordAndKeepsAHashOfIt() throws IOException {
        assertThat(tomcat.home().resolve("logs/console.log"))
                .content()
                .containsPattern("(?m)^HTTP user operator, password .*: \\*{32}$")
                .contains("im.deferred.app.Server: started");
        GeneratedPassword.assertKeptAsHash(tomcat.home().resolve("data"));
        GeneratedPassword.assertNowhereBelow(tomcat.home(), server.operatorPassword());
    }

    @Test
    void runsTheWarAsItWasBuilt() throws IOException {
        assertThat(Files.mismatch(tomcat.home().resolve("webapps/deferred-im.war"), PackagedWar.FILE))
                .isEqualTo(-1);
        try (Stream<Path> applications = Files.list(tomcat.home().resolve("webapps"))) {
            assertThat(applications.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("deferred-im.war", "deferred-im");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/manager/html", "/host-manager/html", "/docs/", "/examples/"})
    void hasNoOtherApplicationAndDoesNotSayWhatItIs(String path) throws Exception {
        InetSocketAddress http = server.http();
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.getPort() + path))
                                .timeout(SOON)
                                .build(),
                        BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.headers().firstValue("Server")).contains("deferred-im");
        assertThat(response.body()).doesNotContain("Tomcat");
    }

    @Test
    void listensOnLoopbackOnlyUnlessToldOtherwise() throws IOException {
        for (String key : List.of("http.port", "sip.port", "sip.tls-port", "msrp.port", "msrp.tls-port")) {
            int port = Integer.parseInt(configured.value(key));
            connect("127.0.0.1", port).close();
            // Whoever listens on all addresses listens on this one too.
            assertThatThrownBy(() -> connect("127.0.0.2", port)).as(key).isInstanceOf(ConnectException.class);
        }
    }

    private static Socket connect(String host, int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(host, port), (int) SOON.toMillis());
        socket.setSoTimeout((int) SOON.toMillis());
        return socket;
    }

    /** The container would report its usage to a host on the internet by the class of this name: it has ours, which can tell nobody. */
    @Test
    void hasNothingToReportItsUsageWith() throws IOException {
        String reporter = "org/restcomm/commons/statistics/reporter/RestcommStatsReporter.class";
        List<String> found = new ArrayList<>();
        try (Stream<Path> lib = Files.list(tomcat.home().resolve("lib"))) {
            for (Path jar : lib.filter(path -> path.toString().endsWith(".jar")).toList()) {
                try (ZipFile zip = new ZipFile(jar.toFile())) {
                    zip.stream()
                            .filter(entry -> !entry.isDirectory())
                            .map(ZipEntry::getName)
                            .filter(name -> name.startsWith("org/restcomm/"))
                            .forEach(name -> found.add(jar.getFileName() + "!" + name));
                }
            }
        }
        assertThat(found).containsExactly("deferred-im-container.jar!" + reporter);
        try (ZipFile zip = new ZipFile(
                        tomcat.home().resolve("lib/deferred-im-container.jar").toFile());
                InputStream packed = zip.getInputStream(zip.getEntry(reporter))) {
            assertThat(packed.readAllBytes())
                    .isEqualTo(Files.readAllBytes(Path.of("target/classes").resolve(reporter)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TLSv1.3, TLS_AES_256_GCM_SHA384",
        "TLSv1.3, TLS_AES_128_GCM_SHA256",
        "TLSv1.3, TLS_CHACHA20_POLY1305_SHA256",
        "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    })
    void speaksSipOverStrongTls(String protocol, String suite) throws Exception {
        InetSocketAddress address = sipTls();
        try (SSLSocket socket =
                (SSLSocket) trusting().getSocketFactory().createSocket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout((int) SOON.toMillis());
            socket.setEnabledProtocols(new String[] {protocol});
            socket.setEnabledCipherSuites(new String[] {suite});
            socket.getOutputStream()
                    .write(("OPTIONS sip:im-server@example.test SIP/2.0\r\n"
                                    + "Via: SIP/2.0/TLS 127.0.0.1:" + socket.getLocalPort() + ";branch=z9hG4bK" + suite
                                    + "\r\nMax-Forwards: 70\r\nFrom: <sip:core@example.test>;tag=1\r\n"
                                    + "To: <sip:im-server@example.test>\r\nCall-ID: " + suite
                                    + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")
                            .getBytes(US_ASCII));

            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            assertThat(in.readLine()).isEqualTo("SIP/2.0 200 OK");
            assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
        }
    }

    /** The server's own certificate is the one in its data directory. */
    private static SSLContext trusting() throws IOException, GeneralSecurityException {
        Path data = tomcat.home().resolve("data");
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(data.resolve("tls.p12"))) {
            store.load(in, Files.readString(data.resolve("tls.password")).toCharArray());
        }
        KeyStore certificate = KeyStore.getInstance("PKCS12");
        certificate.load(null, null);
        certificate.setCertificateEntry("deferred-im", store.getCertificate("deferred-im"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(certificate);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static InetSocketAddress sipTls() {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(), Integer.parseInt(configured.value("sip.tls-port")));
    }

    @ParameterizedTest
    @CsvSource({
        "TLS 1.2 with AES-GCM, 0303, C02B, true",
        "TLS 1.2 with AES-CBC, 0303, C023, false",
        "TLS 1.2 with AES-CBC and SHA-1, 0303, C00A, false",
        "TLS 1.2 with RSA key exchange, 0303, 009C, false",
        "TLS 1.2 with 3DES, 0303, C008, false",
        "TLS 1.2 with RC4, 0303, C007, false",
        "TLS 1.2 without encryption, 0303, C006, false",
        "TLS 1.2 without authentication, 0303, C018, false",
        "TLS 1.1, 0302, C00A, false",
        "TLS 1.0, 0301, C00A, false"
    })
    void refusesWeakTls(String what, String version, String suite, boolean taken) throws IOException {
        try (Socket socket = connect("127.0.0.1", sipTls().getPort())) {
            socket.getOutputStream()
                    .write(TlsHello.offering(Integer.parseInt(version, 16), Integer.parseInt(suite, 16)));

            assertThat(socket.getInputStream().read() == TlsHello.HANDSHAKE)
                    .as(what)
                    .isEqualTo(taken);
        }
    }

    @Test
    @Order(Integer.MAX_VALUE - 3)
    void afterFiveWrongPasswordsNoneIsTakenOfThatUser() {
        for (int i = 0; i < 5; i++) {
            assertThat(asViewer("wrong")).isEqualTo(401);
        }
        assertThat(asViewer(Configured.VIEWER_PASSWORD)).isEqualTo(401);
        assertThat(server.get("/metrics").statusCode()).isEqualTo(200);
    }

    private static int asViewer(String password) {
        return server.sendAs(DeployedServer.basic("viewer", password), "GET", "/metrics", null)
                .statusCode();
    }

    @Test
    @Order(Integer.MAX_VALUE - 2)
    void stopsWithNothingLeftRunningAndGoesOnWhereItWas() throws Exception {
        Clock clock = Clock.systemUTC();
        try (SipCore core = new SipCore(server.core(), new Trace(clock), clock).as(server.sip());
                User carol = new User(core, "sip:carol@example.test");
                User dave = new User(core, "sip:dave@example.test")) {
            Writing.defer(carol, dave, 1);
            ProcessHandle process = tomcat.process().orElseThrow();
            List<ProcessHandle> all =
                    Stream.concat(Stream.of(process), process.descendants()).toList();

            tomcat.stop();

            for (ProcessHandle one : all) {
                one.onExit().get(SOON.toSeconds(), TimeUnit.SECONDS);
            }
            assertThat(tomcat.process()).isEmpty();
            assertThatThrownBy(() -> connect("127.0.0.1", server.http().getPort()))
                    .isInstanceOf(ConnectException.class);

            assertThat(tomcat.start()).isEmpty();

            assertThat(server.waiting()).isOne();
            dave.register();
            assertThat(Writing.texts(dave.awaitMessages(1, SOON))).containsExactly(Writing.numbered(1, 1));
            dave.awaitBye(SOON);
        }
    }

    /** Operators bring a new release by a new WAR. */
    @Test
    @Order(Integer.MAX_VALUE - 1)
    void runsTheWarThatIsThereAndNotTheOneBefore() throws Exception {
        Path unpacked = tomcat.home().resolve("webapps/deferred-im/WEB-INF/old");
        Files.createFile(unpacked);

        tomcat.stop();
        tomcat.start();

        assertThat(unpacked).doesNotExist();
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void saysWhyItDoesNotStart() throws Exception {
        assertThat(tomcat.startInVain()).singleElement().asString().contains("already running");
        tomcat.stop();
        int port = server.http().getPort();
        try (ServerSocket busy = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(tomcat.startInVain())
                    .singleElement()
                    .asString()
                    .contains("deferred-im.http.port = '" + busy.getLocalPort() + "'", "in use");
        }
        Path conf = tomcat.home().resolve("conf/deferred-im.properties");
        Files.writeString(conf, "deferred-im.push.idle=soon\n");
        assertThat(tomcat.startInVain()).singleElement().asString().contains("deferred-im.push.idle = 'soon'");
        Files.writeString(conf, "deferred-im.tls.key-store=/nowhere/key.p12\n");
        assertThat(tomcat.startInVain()).singleElement().asString().contains("/nowhere/key.p12", "cannot be used");
        assertThat(tomcat.process()).isEmpty();
    }
}
