package im.deferred.app;

import javax.servlet.ServletContextEvent;
import javax.servlet.ServletContextListener;
import javax.servlet.sip.SipServletContextEvent;
import javax.servlet.sip.SipServletListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts. */
public final class Startup implements ServletContextListener, SipServletListener {
    private static final Logger log = LoggerFactory.getLogger(Startup.class);

    @Override
    public void servletInitialized(SipServletContextEvent event) {
        log.info(
                "initialized {} {}",
                event.getSipServlet(),
                event.getServletContext().getAttribute("javax.servlet.sip.outboundInterfaces"));
    }

    @Override
    public void contextInitialized(ServletContextEvent event) {}

    @Override
    public void contextDestroyed(ServletContextEvent event) {}
}
