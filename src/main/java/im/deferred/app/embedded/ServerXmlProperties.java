package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import im.deferred.app.ConfigurationReader;
import java.util.Map;
import org.apache.tomcat.util.IntrospectionUtils.PropertySource;

/**
 * What {@code ${deferred-im.sip.port}} and the like stand for in the {@code server.xml} of an installed Tomcat: where the configuration
 * says that the server listens. Tomcat makes it before anything else, so a configuration with a mistake in it ends the process here.
 */
public final class ServerXmlProperties implements PropertySource {

    private final Map<String, String> values;

    public ServerXmlProperties() {
        Configuration configuration = OrExit.get(ConfigurationReader::read);
        Configuration.Sip sip = configuration.sip();
        Configuration.Http http = configuration.http();
        values = Map.of(
                "deferred-im.sip.host", sip.host(),
                "deferred-im.sip.port", Integer.toString(sip.port()),
                "deferred-im.sip.tls-port", Integer.toString(sip.tlsPort()),
                "deferred-im.http.host", http.host(),
                "deferred-im.http.port", Integer.toString(http.port()));
    }

    /** Null for a key that is not one of these. */
    @Override
    public String getProperty(String key) {
        return values.get(key);
    }
}
