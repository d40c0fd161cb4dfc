package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import im.deferred.app.ConfigurationException;
import im.deferred.app.ConfigurationReader;
import im.deferred.app.StartException;
import im.deferred.app.Startup;
import im.deferred.app.TlsIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardServer;
import org.mobicents.servlet.sip.startup.SipProtocolHandler;
import org.mobicents.servlet.sip.startup.SipStandardEngine;
import org.mobicents.servlet.sip.startup.SipStandardHost;
import org.mobicents.servlet.sip.startup.SipStandardService;

/**
 * Restcomm SIP Servlets on Tomcat in this process, with the WAR deployed at {@code /deferred-im}: SIP over UDP, TCP and TLS, and
 * HTTP, on the configured addresses.
 */
public final class EmbeddedServer implements AutoCloseable {

    private static final String NAME = "deferred-im";

    private final StandardServer server = new StandardServer();
    private final SipStandardService service = new SipStandardService();
    private DeployedWar application;

    private EmbeddedServer() {}

    /**
     * Starts a server.
     *
     * @param war the packed application
     * @throws StartException if it cannot start: a port is in use, or what the application says
     */
    public static EmbeddedServer start(Configuration configuration, Path war) {
        EmbeddedServer embedded = new EmbeddedServer();
        try {
            requireFree(configuration);
            embedded.assemble(configuration, war.toAbsolutePath());
            embedded.server.start();
            Object failure = embedded.application.getServletContext().getAttribute(Startup.FAILURE);
            if (failure != null) {
                throw new StartException(failure.toString(), null);
            }
            return embedded;
        } catch (StartException e) {
            embedded.close();
            throw e;
        } catch (Exception e) { // which is what the container's setters declare
            embedded.close();
            throw new StartException("the container does not start: " + StartException.root(e), e);
        }
    }

    /**
     * The data directory, made if it is not there.
     *
     * @throws StartException if it cannot be made or written to
     */
    public static Path dataDir(Configuration configuration) {
        Path directory = configuration.dataDir().toAbsolutePath().normalize();
        try {
            Files.createDirectories(directory);
            Files.delete(Files.createTempFile(directory, "writable", null));
            return directory;
        } catch (IOException e) {
            throw new StartException(
                    "deferred-im.data-dir = '%s': cannot be written to: %s".formatted(configuration.dataDir(), e), e);
        }
    }

    /** Undeploys the application, which ends what it is doing, and frees the ports. */
    @Override
    public void close() {
        try {
            if (server.getState().isAvailable()) {
                server.stop();
                server.destroy();
            }
        } catch (LifecycleException e) {
            throw new IllegalStateException("the container does not stop", e);
        }
    }

    private void assemble(Configuration configuration, Path war) throws Exception {
        Path base = Files.createDirectories(dataDir(configuration).resolve("container"));
        System.setProperty("catalina.home", base.toString());
        System.setProperty("catalina.base", base.toString());
        System.setProperty(
                "javax.servlet.sip.ar.spi.SipApplicationRouterProvider",
                "org.mobicents.servlet.sip.router.DefaultApplicationRouterProvider");
        // Nothing outside the WAR belongs to the application: no fragments, tag libraries or initialisers there.
        System.setProperty("tomcat.util.scan.DefaultJarScanner.jarsToSkip", "*.jar");

        try (InputStream dar = EmbeddedServer.class.getResourceAsStream("dar.properties")) {
            Files.copy(dar, base.resolve("dar.properties"), StandardCopyOption.REPLACE_EXISTING);
        }
        service.setName(NAME);
        service.setSipApplicationDispatcherClassName("org.mobicents.servlet.sip.core.SipApplicationDispatcherImpl");
        service.setSipPathName("org.mobicents.ext");
        service.setConcurrencyControlMode("None");
        service.setCongestionControlCheckingInterval(-1);
        service.setBypassRequestExecutor(true);
        service.setBypassResponseExecutor(true);
        service.setDarConfigurationFileLocation("dar.properties");
        service.setSipStackProperties(stackProperties(configuration));

        SipStandardEngine engine = new SipStandardEngine();
        engine.setName(NAME);
        engine.setBaseDir(base.toString());
        engine.setDefaultHost("localhost");
        engine.setService(service);
        service.setContainer(engine);

        SipStandardHost host = new SipStandardHost();
        host.setName("localhost");
        host.setAppBase(Files.createDirectories(base.resolve("webapps")).toString());
        host.setAutoDeploy(false);
        host.setDeployOnStartup(false);
        engine.addChild(host);

        application = new DeployedWar(war, Files.createDirectories(base.resolve("nothing")));
        host.addChild(application);

        server.addService(service);
        Connector http = new Connector("HTTP/1.1");
        http.setProperty("address", configuration.http().host());
        http.setPort(configuration.http().port());
        service.addConnector(http);
        Configuration.Sip sip = configuration.sip();
        listen(sip.host(), sip.port(), "udp");
        listen(sip.host(), sip.port(), "tcp");
        listen(sip.host(), sip.tlsPort(), "tls");
    }

    private void listen(String host, int port, String transport) throws Exception {
        Connector connector = new Connector(SipProtocolHandler.class.getName());
        SipProtocolHandler handler = (SipProtocolHandler) connector.getProtocolHandler();
        handler.setSignalingTransport(transport);
        handler.setIpAddress(host);
        handler.setPort(port);
        connector.setPort(port);
        service.addConnector(connector);
    }

    private static Properties stackProperties(Configuration configuration) throws IOException {
        Properties properties = new Properties();
        try (InputStream in = EmbeddedServer.class.getResourceAsStream("sip-stack.properties")) {
            properties.load(in);
        }
        // What is too large is answered, so more is taken in than the largest message.
        long largest = Math.min(Integer.MAX_VALUE, 2 * configuration.message().maxSize() + (1 << 20));
        properties.setProperty("gov.nist.javax.sip.MAX_MESSAGE_SIZE", Long.toString(largest));
        TlsIdentity tls = TlsIdentity.of(configuration);
        properties.setProperty("javax.net.ssl.keyStoreType", "PKCS12");
        properties.setProperty("javax.net.ssl.keyStore", tls.file().toString());
        properties.setProperty("javax.net.ssl.keyStorePassword", tls.password());
        properties.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
        properties.setProperty("javax.net.ssl.trustStore", tls.file().toString());
        properties.setProperty("javax.net.ssl.trustStorePassword", tls.password());
        return properties;
    }

    /** The container goes on without a port that it cannot have; an operator wants to know. */
    private static void requireFree(Configuration configuration) {
        Configuration.Sip sip = configuration.sip();
        requireFreeUdp("sip.port", sip.host(), sip.port());
        requireFreeTcp("sip.port", sip.host(), sip.port());
        requireFreeTcp("sip.tls-port", sip.host(), sip.tlsPort());
        requireFreeTcp(
                "http.port", configuration.http().host(), configuration.http().port());
    }

    private static void requireFreeUdp(String key, String host, int port) {
        try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (IOException e) {
            throw new StartException(inUse(key, host, port, "UDP", e), e);
        }
    }

    private static void requireFreeTcp(String key, String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true); // as the container does, so that a restart need not wait for old connections
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
        } catch (IOException e) {
            throw new StartException(inUse(key, host, port, "TCP", e), e);
        }
    }

    private static String inUse(String key, String host, int port, String transport, IOException e) {
        return "deferred-im.%s = '%d': cannot listen on %s, %s: %s"
                .formatted(key, port, host, transport, e.getMessage());
    }

    /**
     * Starts a server from the configuration of this process and leaves it running until the process is told to end. One line and
     * exit code 1 if it cannot start.
     *
     * @param arguments the path of the WAR
     */
    public static void main(String[] arguments) {
        Logging.toStandardError();
        try {
            EmbeddedServer server = start(ConfigurationReader.read(), Path.of(arguments[0]));
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
        } catch (ConfigurationException | StartException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }
}
