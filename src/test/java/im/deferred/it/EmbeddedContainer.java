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
 * The embedded server as Arquillian sees a container: it runs while an archive is deployed, on free ports and with an empty data
 * directory, and its configuration stands in the system properties for as long.
 */
public final class EmbeddedContainer implements DeployableContainer<EmbeddedContainer.Nothing> {

    private static final String PREFIX = "deferred-im.";

    private Path directory;
    private EmbeddedServer server;

    /** Tells Arquillian of the container. */
    public static final class Extension implements LoadableExtension {

        @Override
        public void register(ExtensionBuilder builder) {
            builder.service(DeployableContainer.class, EmbeddedContainer.class);
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
            new Configured(directory.resolve("data")).values().forEach(System.getProperties()::putIfAbsent);
            Logging.toFile(Path.of("target", "it-logs", "embedded-" + System.currentTimeMillis() + ".log"));
            server = EmbeddedServer.start(ConfigurationReader.read(), war);
            return new ProtocolMetaData();
        } catch (IOException | StartException e) {
            forgetSettings();
            throw new DeploymentException("not started: " + e.getMessage(), e);
        }
    }

    @Override
    public void undeploy(Archive<?> archive) {
        if (server != null) {
            server.close();
            server = null;
        }
        forgetSettings();
        delete(directory);
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
