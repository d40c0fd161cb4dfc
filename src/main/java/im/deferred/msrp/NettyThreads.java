package im.deferred.msrp;

import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What Netty would leave in a process that goes on after this application: there its class loader could never be let go. */
public final class NettyThreads {

    private static final Logger LOG = LoggerFactory.getLogger(NettyThreads.class);

    private static final int END_SECONDS = 5;

    private NettyThreads() {}

    /** Netty is not to tell the flight recorder of itself, which forgets nobody; to be called before it is used. An operator may say otherwise. */
    public static void stayUnrecorded() {
        System.getProperties().putIfAbsent("io.netty.jfr.enabled", "false");
    }

    /** Takes what Netty keeps with the current thread, one of the container's. */
    public static void leaveThread() {
        FastThreadLocal.removeAll();
    }

    /** Waits for the thread that ends by itself a second after the event loops of a {@link MsrpEndpoint} that was closed. */
    public static void awaitLast() {
        try {
            if (!GlobalEventExecutor.INSTANCE.awaitInactivity(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a thread of Netty goes on");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
