package im.deferred.it;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.spec.WebArchive;

/** The WAR that the build packaged, as it is. */
final class PackagedWar {

    /** Where the build puts it. */
    static final Path FILE = Path.of("target", "deferred-im.war");

    private PackagedWar() {}

    /**
     * The WAR as a deployment, to be run with these settings.
     *
     * @param settings {@code key=value}, the keys without {@code deferred-im.}; they become system properties
     */
    static WebArchive with(String... settings) {
        Map<String, String> values = Stream.of(settings)
                .map(setting -> setting.split("=", 2))
                .collect(Collectors.toMap(setting -> "deferred-im." + setting[0], setting -> setting[1]));
        System.getProperties().putAll(values);
        return ShrinkWrap.createFromZipFile(WebArchive.class, FILE.toFile());
    }
}
