package im.deferred.app;

import im.deferred.msrp.NettyThreads;
import java.util.Optional;
import javax.servlet.ServletContextEvent;
import javax.servlet.ServletContextListener;

/** Stops the server with the application. Open Liberty tells this to no listener of {@code sip.xml}: it stands in {@code web.xml}. */
public final class Shutdown implements ServletContextListener {

    /** Nothing: it is too early to start, as not all containers offer their SipFactory yet. */
    @Override
    public void contextInitialized(ServletContextEvent event) {}

    @Override
    public void contextDestroyed(ServletContextEvent event) {
        Optional.ofNullable((Server) event.getServletContext().getAttribute(Startup.SERVER))
                .ifPresent(Server::close);
        NettyThreads.leaveThread();
    }
}
