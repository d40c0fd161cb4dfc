package im.deferred.it;

import im.deferred.app.ConfigurationReader;
import im.deferred.app.StartException;
import im.deferred.app.embedded.EmbeddedServer;
import im.deferred.app.embedded.Logging;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jboss.arquillian.container.spi.client.container.ContainerConfiguration;
import org.jboss.arquillian.container.spi.client.container.DeployableContainer;
import org.jboss.arquillian.container.spi.client.container.DeploymentException;
import org.jboss.arquillian.container.spi.client.protocol.ProtocolDescription;
import org.jboss.arquillian.container.spi.client.protocol.metadata.ProtocolMetaData;
import org.jboss.arquillian.core.spi.LoadableExtension;
import org.jboss.shrinkwrap.api.Archive;
import org.jboss.shrinkwrap.api.exporter.ZipExporter;

/**
 * The container as Arquillian sees it: the embedded server in this JVM, or {@link OpenLiberty} in a process of its own. It runs while
 * an archive is deployed, on free ports and with an empty data directory, and its configuration stands in the system properties for as
 * long.
 */
public final class ContainerUnderTest implements DeployableContainer<ContainerUnderTest.Nothing> {

    private static final String PREFIX = "deferred-im.";

    private Path directory;
    private AutoCloseable server;

    /** Tells Arquillian of the container. */
    public static final class Extension implements LoadableExtension {

        @Override
        public void register(ExtensionBuilder builder) {
            builder.service(DeployableContainer.class, ContainerUnderTest.class);
        }
    }

    /** There is nothing to say about it in {@code arquillian.xml}. */
    public static final class Nothing implements ContainerConfiguration {

        @Override
        public void validate() {}
    }

    @Override
    public Class<Nothing> getConfigurationClass() {
        return Nothing.class;
    }

    @Override
    public ProtocolDescription getDefaultProtocol() {
        return new ProtocolDescription("Local");
    }

    @Override
    public ProtocolMetaData deploy(Archive<?> archive) throws DeploymentException {
        try {
            directory = Files.createTempDirectory("deferred-im-it");
            Path war = directory.resolve(archive.getName());
            archive.as(ZipExporter.class).exportTo(war.toFile());
            Configured configured = new Configured(directory.resolve("data")).withSystemProperties();
            System.getProperties().putAll(configured.values());
            server = OpenLiberty.isChosen() ? process(configured, war) : embedded(war);
            return new ProtocolMetaData();
        } catch (IOException | StartException e) {
            forgetSettings();
            throw new DeploymentException("not started: " + e.getMessage(), e);
        }
    }

    private static AutoCloseable process(Configured configured, Path war) {
        ServerProcess process = new ServerProcess(configured, war).start();
        return process::stop;
    }

    private static AutoCloseable embedded(Path war) {
        Logging.toFile(ServerLog.begin("embedded-" + System.currentTimeMillis() + ".log"));
        return EmbeddedServer.start(ConfigurationReader.read(), war);
    }

    @Override
    public void undeploy(Archive<?> archive) throws DeploymentException {
        try {
            if (server != null) {
                server.close();
            }
        } catch (Exception e) { // which is what AutoCloseable declares
            throw new DeploymentException("not stopped: " + e.getMessage(), e);
        } finally {
            server = null;
            forgetSettings();
            delete(directory);
        }
    }

    private static void forgetSettings() {
        System.getProperties().keySet().removeIf(key -> key.toString().startsWith(PREFIX));
    }

    private static void delete(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
