package im.deferred.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import javax.management.ObjectName;

/**
 * A container that goes on while the application in it is undeployed and deployed anew, which an operator does over JMX: the embedded
 * one, {@link OpenLiberty}, or {@link InstalledTomcat} where the system property {@code it.container} says {@code restcomm-tomcat}.
 * What nothing but a soft reference holds is gone with the next garbage collection.
 */
final class RunningContainer implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String JVM_OPTIONS = "-XX:SoftRefLRUPolicyMSPerMB=0";

    private final AutoCloseable container;
    private final DeployedServer server;
    private final Path war;
    private final Path dataDir;
    private final ManagedProcess process;
    private final ObjectName application;
    private final String stateAttribute;

    /** Starts one, with what it needs in that folder; returns when the application is ready. */
    RunningContainer(Path folder, Configured configured) throws IOException, InterruptedException {
        if (System.getProperty("it.container", "").equals("restcomm-tomcat")) {
            InstalledTomcat tomcat = new InstalledTomcat(folder, configured).jvm(JVM_OPTIONS);
            tomcat.start();
            container = tomcat;
            server = tomcat.server();
            war = tomcat.home().resolve("webapps/deferred-im.war");
            dataDir = tomcat.home().resolve("data");
            process = new ManagedProcess(tomcat.process().orElseThrow().pid());
        } else {
            dataDir = Path.of(configured.value("data-dir"));
            Path copy = Files.copy(PackagedWar.FILE, folder.resolve("deferred-im.war"));
            ServerProcess started =
                    new ServerProcess(configured, copy).jvm(JVM_OPTIONS).start();
            container = started;
            server = started.server();
            war = OpenLiberty.isChosen() ? OpenLiberty.war(configured) : copy;
            process = new ManagedProcess(started.pid());
        }
        application = process.bean(
                OpenLiberty.isChosen()
                        ? "WebSphere:service=com.ibm.websphere.application.ApplicationMBean,name=deferred-im"
                        : "deferred-im:j2eeType=WebModule,name=//localhost/deferred-im,*");
        stateAttribute = OpenLiberty.isChosen() ? "State" : "stateName";
    }

    /** Where the application listens. */
    DeployedServer server() {
        return server;
    }

    /** Where the application has its files. */
    Path dataDir() {
        return dataDir;
    }

    /** Its process. */
    ManagedProcess process() {
        return process;
    }

    /** Ends the application. */
    void undeploy() {
        process.call(application, "stop");
        await("stopped", () -> {
            String state = process.get(application, stateAttribute).toString();
            return state.equals("STOPPED") || state.equals("INSTALLED");
        });
    }

    /** Puts the WAR there anew, and starts it. */
    void deploy() {
        try {
            Files.copy(PackagedWar.FILE, war, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.call(application, "start");
        await("ready", server::isReady);
    }

    /** Open Liberty returns before it is so. */
    private static void await(String what, BooleanSupplier reached) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not " + what + " after " + LIMIT);
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        try {
            process.close();
            container.close();
        } catch (Exception e) { // which is what AutoCloseable declares
            throw new IllegalStateException(e);
        }
    }
}
