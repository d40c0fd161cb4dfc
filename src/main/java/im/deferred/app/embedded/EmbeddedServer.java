package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import im.deferred.app.ConfigurationReader;
import im.deferred.app.StartException;
import im.deferred.app.Startup;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardServer;
import org.mobicents.servlet.sip.startup.SipContextConfig;
import org.mobicents.servlet.sip.startup.SipProtocolHandler;
import org.mobicents.servlet.sip.startup.SipStandardEngine;
import org.mobicents.servlet.sip.startup.SipStandardHost;

/**
 * Restcomm SIP Servlets on Tomcat in this process, with the WAR deployed at {@code /deferred-im}: SIP over UDP, TCP and TLS, and
 * HTTP, on the configured addresses.
 */
public final class EmbeddedServer implements AutoCloseable {

    private final StandardServer server = new StandardServer();
    private final DeployedWar application = new DeployedWar();
    private final SipService service;

    private EmbeddedServer(Configuration configuration) {
        service = new SipService(configuration);
    }

    /**
     * Starts a server.
     *
     * @param war the packed application
     * @throws StartException if it cannot start: a port is in use, or what the application says
     */
    public static EmbeddedServer start(Configuration configuration, Path war) {
        EmbeddedServer embedded = new EmbeddedServer(configuration);
        try {
            StartCheck.require(configuration);
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

        Path conf = Files.createDirectories(base.resolve("conf"));
        for (String file : List.of("dar.properties", "sip-stack.properties")) {
            try (InputStream in = EmbeddedServer.class.getResourceAsStream(file)) {
                Files.copy(in, conf.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            }
        }

        SipStandardEngine engine = new SipStandardEngine();
        engine.setName(service.getName());
        engine.setBaseDir(base.toString());
        engine.setDefaultHost("localhost");
        engine.setService(service);
        engine.setRealm(new HttpRealm(configuration));
        service.setContainer(engine);

        SipStandardHost host = new SipStandardHost();
        host.setName("localhost");
        host.setAppBase(Files.createDirectories(base.resolve("webapps")).toString());
        host.setAutoDeploy(false);
        host.setDeployOnStartup(false);
        engine.addChild(host);

        application.setPath("/deferred-im");
        application.setName("/deferred-im");
        application.setDocBase(war.toString());
        application.setParentClassLoader(new ContainerClassLoader(EmbeddedServer.class.getClassLoader()));
        application.addLifecycleListener(new SipContextConfig());
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

    /**
     * Starts a server from the configuration of this process and leaves it running until the process is told to end. One line and
     * exit code 1 if it cannot start.
     *
     * @param arguments the path of the WAR
     */
    public static void main(String[] arguments) {
        Logging.toStandardError();
        EmbeddedServer server = OrExit.get(() -> start(ConfigurationReader.read(), Path.of(arguments[0])));
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
    }
}
