package im.deferred.app;

import im.deferred.msrp.NettyThreads;
import javax.servlet.ServletContext;
import javax.servlet.sip.SipServletContextEvent;
import javax.servlet.sip.SipServletListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the server when the container has started its SIP servlets; {@link Shutdown} stops it. A server that cannot start says why in
 * one line and stays down: SIP is answered 503, readiness is 503.
 */
public final class Startup implements SipServletListener {

    /** The context attribute that holds, as text, why the server did not start. */
    public static final String FAILURE = Startup.class.getName() + ".failure";

    private static final Logger log = LoggerFactory.getLogger(Startup.class);
    /** The context attribute that holds the server. */
    static final String SERVER = Server.class.getName();

    /** Called once for each SIP servlet; the first call starts the server: only now do all containers offer their SipFactory. */
    @Override
    public synchronized void servletInitialized(SipServletContextEvent event) {
        ServletContext context = event.getServletContext();
        if (context.getAttribute(SERVER) != null || context.getAttribute(FAILURE) != null) {
            return;
        }
        // Containers differ in the class loader that they call with; libraries look for their services in it.
        Thread thread = Thread.currentThread();
        ClassLoader containers = thread.getContextClassLoader();
        thread.setContextClassLoader(Startup.class.getClassLoader());
        NettyThreads.stayUnrecorded();
        try {
            context.setAttribute(SERVER, Server.start(ConfigurationReader.read(), context));
        } catch (ConfigurationException | StartException e) {
            context.setAttribute(FAILURE, e.getMessage());
            log.error("not started: {}", e.getMessage());
            log.debug("not started", e);
        } finally {
            NettyThreads.leaveThread();
            thread.setContextClassLoader(containers);
        }
    }
}
