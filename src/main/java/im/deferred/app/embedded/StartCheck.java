package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import im.deferred.app.ConfigurationReader;
import im.deferred.app.TlsIdentity;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;

/**
 * Ends an installed Tomcat before it starts, where the embedded server would not start either: a port is in use, the data directory
 * cannot be written to, there is no key for TLS. {@code server.xml} names it.
 */
public final class StartCheck implements LifecycleListener {

    @Override
    public void lifecycleEvent(LifecycleEvent event) {
        if (event.getType().equals(Lifecycle.BEFORE_INIT_EVENT)) {
            OrExit.get(() -> {
                Configuration configuration = ConfigurationReader.read();
                EmbeddedServer.dataDir(configuration);
                FreePorts.require(configuration);
                return TlsIdentity.of(configuration).keys();
            });
        }
    }
}
