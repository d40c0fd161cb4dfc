package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import im.deferred.app.ConfigurationReader;
import im.deferred.app.TlsIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.ThreadPoolExecutor;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.mobicents.servlet.sip.startup.SipStandardService;

/**
 * The container's service as the application needs it: SIP by {@code conf/sip-stack.properties} and {@code conf/dar.properties} in
 * the container's directory, over TLS with the key of the configuration, and HTTP over TLS if that has a port.
 */
public final class SipService extends SipStandardService {

    private static final String PROTOCOLS = "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS";
    private static final String CIPHER_SUITES = "gov.nist.javax.sip.ENABLED_CIPHER_SUITES";

    private final Configuration configuration;

    /** With the configuration of this process: what {@code server.xml} makes. */
    public SipService() {
        this(ConfigurationReader.read());
    }

    /** With that configuration. */
    SipService(Configuration configuration) {
        this.configuration = configuration;
        setName("deferred-im");
        setSipApplicationDispatcherClassName("org.mobicents.servlet.sip.core.SipApplicationDispatcherImpl");
        setSipPathName("org.mobicents.ext");
        setConcurrencyControlMode("None");
        setCongestionControlCheckingInterval(-1);
        setBypassRequestExecutor(true);
        setBypassResponseExecutor(true);
        setDarConfigurationFileLocation("conf/dar.properties");
    }

    @Override
    public void initInternal() throws LifecycleException {
        try {
            setSipStackProperties(stackProperties());
        } catch (IOException e) {
            throw new LifecycleException(e);
        }
        configuration.http().tlsPort().ifPresent(port -> addConnector(https(port)));
        super.initInternal();
        // Now, and not when an application first needs one: a thread holds who made it, and these are never ended.
        ((ThreadPoolExecutor) getSipApplicationDispatcher().getAsynchronousExecutor()).prestartAllCoreThreads();
    }

    private Connector https(int port) {
        TlsIdentity tls = TlsIdentity.of(configuration);
        Connector https = new Connector("HTTP/1.1");
        https.setProperty("address", configuration.http().tlsHost());
        https.setPort(port);
        https.setScheme("https");
        https.setSecure(true);
        https.setProperty("SSLEnabled", "true");
        https.setProperty("server", getName());
        https.setProperty("sslEnabledProtocols", getSipStackProperties().getProperty(PROTOCOLS));
        https.setProperty("ciphers", getSipStackProperties().getProperty(CIPHER_SUITES));
        https.setProperty("keystoreType", "PKCS12");
        https.setProperty("keystoreFile", tls.file().toAbsolutePath().toString());
        https.setProperty("keystorePass", tls.password());
        return https;
    }

    private Properties stackProperties() throws IOException {
        Properties properties = new Properties();
        try (InputStream in =
                Files.newInputStream(Path.of(System.getProperty("catalina.base"), "conf", "sip-stack.properties"))) {
            properties.load(in);
        }
        // What is too large is answered, so more is taken in than the largest message.
        long largest = Math.min(Integer.MAX_VALUE, 2 * configuration.message().maxSize() + (1 << 20));
        properties.setProperty("gov.nist.javax.sip.MAX_MESSAGE_SIZE", Long.toString(largest));
        TlsIdentity tls = TlsIdentity.of(configuration);
        properties.setProperty("javax.net.ssl.keyStoreType", "PKCS12");
        properties.setProperty("javax.net.ssl.keyStore", tls.file().toString());
        properties.setProperty("javax.net.ssl.keyStorePassword", tls.password());
        // Without a trust store nobody is believed but this server itself: names are not checked here, so a certificate
        // of the JDK's
        // authorities, which anybody can have, says nothing.
        Configuration.Tls settings = configuration.tls();
        boolean trusting = !settings.trustStore().isEmpty();
        properties.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
        properties.setProperty(
                "javax.net.ssl.trustStore",
                trusting ? settings.trustStore() : tls.file().toString());
        properties.setProperty(
                "javax.net.ssl.trustStorePassword", trusting ? settings.trustPassword() : tls.password());
        properties.setProperty(
                "gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE",
                configuration.sip().tlsClientAuth() ? "Enabled" : "Disabled");
        return properties;
    }
}
