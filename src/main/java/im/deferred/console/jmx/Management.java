package im.deferred.console.jmx;

import im.deferred.console.Readiness;
import im.deferred.message.MessageStore;
import im.deferred.push.Pushes;
import im.deferred.registration.Registrations;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The MBeans of this node, there until it closes. A node that is being drained is not ready. */
public final class Management implements AutoCloseable, Readiness {

    private static final Logger log = LoggerFactory.getLogger(Management.class);

    private final MBeanServer server;
    private final MessageStore store;
    private final Registrations registrations;
    private final Pushes pushes;
    private final Readiness readiness;
    private final Deque<ObjectName> names = new ArrayDeque<>();
    private volatile boolean draining;

    /**
     * Registers them. One whose name is taken is left out, with a word in the log.
     *
     * @param readiness of the node when it is not being drained
     */
    public Management(
            MBeanServer server, MessageStore store, Registrations registrations, Pushes pushes, Readiness readiness) {
        this.server = server;
        this.store = store;
        this.registrations = registrations;
        this.pushes = pushes;
        this.readiness = readiness;
        register("Node", new Node());
        register("Pushes", new OfPushes());
        register("Messages", new OfMessages());
    }

    private void register(String type, Object bean) {
        try {
            ObjectName name = new ObjectName("im.deferred:type=" + type);
            server.registerMBean(bean, name);
            names.push(name);
        } catch (JMException e) {
            log.warn("no MBean im.deferred:type={}: {}", type, e.toString());
        }
    }

    @Override
    public Optional<String> problem() {
        return draining ? Optional.of("draining") : readiness.problem();
    }

    @Override
    public void close() {
        while (!names.isEmpty()) {
            ObjectName name = names.pop();
            try {
                server.unregisterMBean(name);
            } catch (JMException e) {
                log.warn("MBean {} stays: {}", name, e.toString());
            }
        }
    }

    private final class Node implements NodeMXBean {

        @Override
        public String getProblem() {
            return problem().orElse("");
        }

        @Override
        public boolean isDraining() {
            return draining;
        }

        @Override
        public boolean isDrained() {
            return draining && pushes.live() == 0;
        }

        @Override
        public void drain() {
            log.info("draining: no push begins any more");
            draining = true;
            pushes.pause();
        }

        @Override
        public void undrain() {
            log.info("not draining any more");
            draining = false;
            pushes.resume();
        }
    }

    private final class OfPushes implements PushesMXBean {

        @Override
        public int getLive() {
            return pushes.live();
        }

        @Override
        public long getConfirmed() {
            return pushes.confirmed();
        }

        @Override
        public long getPaged() {
            return pushes.paged();
        }

        @Override
        public long getHeld() {
            return pushes.held();
        }

        @Override
        public boolean isPaused() {
            return pushes.isPaused();
        }

        @Override
        public void pause() {
            log.info("pushes are paused");
            pushes.pause();
        }

        @Override
        public void resume() {
            log.info("pushes go on");
            pushes.resume();
        }
    }

    private final class OfMessages implements MessagesMXBean {

        @Override
        public long getWaiting() {
            return store.countWaiting();
        }

        @Override
        public long getHeld() {
            return store.countHeld();
        }

        @Override
        public long getRegistrations() {
            return registrations.countInForce();
        }
    }
}
