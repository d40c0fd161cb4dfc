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
import org.mobicents.servlet.sip.startup.SipStandardService;

/**
 * The container's service as the application needs it: SIP by {@code conf/sip-stack.properties} and {@code conf/dar.properties} in
 * the container's directory, over TLS with the key of the configuration.
 */
public final class SipService extends SipStandardService {

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
        super.initInternal();
        // Now, and not when an application first needs one: a thread holds who made it, and these are never ended.
        ((ThreadPoolExecutor) getSipApplicationDispatcher().getAsynchronousExecutor()).prestartAllCoreThreads();
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
        properties.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
        properties.setProperty("javax.net.ssl.trustStore", tls.file().toString());
        properties.setProperty("javax.net.ssl.trustStorePassword", tls.password());
        return properties;
    }
}
