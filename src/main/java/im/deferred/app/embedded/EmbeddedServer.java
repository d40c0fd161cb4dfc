package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardServer;
import org.mobicents.servlet.sip.startup.SipContextConfig;
import org.mobicents.servlet.sip.startup.SipProtocolHandler;
import org.mobicents.servlet.sip.startup.SipStandardContext;
import org.mobicents.servlet.sip.startup.SipStandardEngine;
import org.mobicents.servlet.sip.startup.SipStandardHost;
import org.mobicents.servlet.sip.startup.SipStandardService;

/** One server in this process, with the WAR deployed at {@code /deferred-im}. */
public final class EmbeddedServer implements AutoCloseable {

    private final StandardServer server = new StandardServer();
    private final SipStandardService service = new SipStandardService();
    private final SipStandardContext context = new SipStandardContext();

    public EmbeddedServer(Configuration configuration, Path war) throws Exception {
        Path base = Files.createDirectories(
                configuration.dataDir().resolve("container").toAbsolutePath().normalize());
        System.setProperty("catalina.home", base.toString());
        System.setProperty("catalina.base", base.toString());
        System.setProperty(
                "javax.servlet.sip.ar.spi.SipApplicationRouterProvider",
                "org.mobicents.servlet.sip.router.DefaultApplicationRouterProvider");
        service.setName("Sip-Servlets");
        service.setSipApplicationDispatcherClassName("org.mobicents.servlet.sip.core.SipApplicationDispatcherImpl");
        service.setSipPathName("org.mobicents.ext");
        service.setConcurrencyControlMode("None");
        service.setCongestionControlCheckingInterval(-1);
        service.setBypassRequestExecutor(true);
        service.setBypassResponseExecutor(true);
        try (var dar = EmbeddedServer.class.getResourceAsStream("dar.properties")) {
            Files.copy(dar, base.resolve("dar.properties"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        service.setDarConfigurationFileLocation("dar.properties");
        service.setSipStackProperties(stackProperties());

        SipStandardEngine engine = new SipStandardEngine();
        engine.setName("Sip-Servlets");
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

        context.setPath("/deferred-im");
        context.setName("/deferred-im");
        context.setDocBase(war.toAbsolutePath().toString());
        context.addLifecycleListener(new SipContextConfig());
        context.setManager(new SessionManager());
        host.addChild(context);

        server.addService(service);
        Connector http = new Connector("HTTP/1.1");
        http.setProperty("address", configuration.http().host());
        http.setPort(configuration.http().port());
        service.addConnector(http);
        sip(configuration.sip().host(), configuration.sip().port(), "udp");
        sip(configuration.sip().host(), configuration.sip().port(), "tcp");
    }

    private void sip(String host, int port, String transport) throws Exception {
        Connector connector = new Connector("org.mobicents.servlet.sip.startup.SipProtocolHandler");
        SipProtocolHandler handler = (SipProtocolHandler) connector.getProtocolHandler();
        handler.setSignalingTransport(transport);
        handler.setIpAddress(host);
        handler.setPort(port);
        connector.setPort(port);
        service.addConnector(connector);
    }

    private static Properties stackProperties() throws IOException {
        Properties properties = new Properties();
        try (var in = EmbeddedServer.class.getResourceAsStream("sip-stack.properties")) {
            properties.load(in);
        }
        return properties;
    }

    public void start() throws LifecycleException {
        server.start();
    }

    @Override
    public void close() throws LifecycleException {
        server.stop();
        server.destroy();
    }

    public static void main(String[] args) throws Exception {
        new EmbeddedServer(im.deferred.app.ConfigurationReader.read(), Path.of(args[0])).start();
    }
}
