package im.deferred.app.embedded;

import im.deferred.app.Configuration;
import im.deferred.app.ConfigurationReader;
import im.deferred.app.StartException;
import im.deferred.app.TlsIdentity;
import org.apache.catalina.Lifecycle;
import org.apache.catalina.LifecycleEvent;
import org.apache.catalina.LifecycleListener;

/**
 * What must be there before the container starts: it would go on without, or say it in a hundred lines. The {@code server.xml} of an
 * installed Tomcat names it as a listener.
 */
public final class StartCheck implements LifecycleListener {

    /**
     * Looks whether a server can start.
     *
     * @throws StartException if a port is in use, the data directory cannot be written to, the key or the trusted authorities for TLS
     *     cannot be read, or there is no password of the operator's
     */
    static void require(Configuration configuration) {
        EmbeddedServer.dataDir(configuration);
        FreePorts.require(configuration);
        TlsIdentity.of(configuration).keys();
        TlsIdentity.authorities(configuration.tls());
        if (configuration.http().operatorPassword().isEmpty()) {
            OperatorPassword.of(configuration);
        }
    }

    /** Ends the process before it initialises anything, if it cannot start. */
    @Override
    public void lifecycleEvent(LifecycleEvent event) {
        if (event.getType().equals(Lifecycle.BEFORE_INIT_EVENT)) {
            OrExit.run(() -> require(ConfigurationReader.read()));
        }
    }
}
