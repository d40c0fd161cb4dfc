package im.deferred.app;

import im.deferred.msrp.NettyThreads;
import java.util.Optional;
import javax.servlet.ServletContext;
import javax.servlet.ServletContextEvent;
import javax.servlet.ServletContextListener;
import javax.servlet.sip.SipServletContextEvent;
import javax.servlet.sip.SipServletListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the server when the container has started its SIP servlets, and stops it with the application. A server that cannot
 * start says why in one line and stays down: SIP is answered 503, readiness is 503.
 */
public final class Startup implements ServletContextListener, SipServletListener {

    /** The context attribute that holds, as text, why the server did not start. */
    public static final String FAILURE = Startup.class.getName() + ".failure";

    private static final Logger log = LoggerFactory.getLogger(Startup.class);
    private static final String SERVER = Server.class.getName();

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

    @Override
    public void contextInitialized(ServletContextEvent event) {
        log.debug("waiting for the SIP servlets");
    }

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        Optional.ofNullable((Server) event.getServletContext().getAttribute(SERVER))
                .ifPresent(Server::close);
        NettyThreads.leaveThread();
    }
}
