package im.deferred.app;

import im.deferred.core.AddressRange;
import im.deferred.msrp.MsrpUri;
import im.deferred.settings.DeliverySetting;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SysPropConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Period;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads the configuration: a system property before an environment variable before the properties file
 * ({@code deferred-im.properties} in the working directory, or the file that {@code deferred-im.config} names).
 */
public final class ConfigurationReader {

    private static final String PREFIX = "deferred-im.";
    private static final String PORT = "a port, 1 to 65535";
    private static final String DURATION = "an ISO-8601 duration of more than nothing, such as PT5S or P30D";

    private final SmallRyeConfig config;
    private final Set<String> known = new TreeSet<>();

    private ConfigurationReader(SmallRyeConfig config) {
        this.config = config;
    }

    /**
     * The configuration of this process.
     *
     * @throws ConfigurationException on the first value or key that is not allowed
     */
    public static Configuration read() {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .withSources(new SysPropConfigSource(), new EnvConfigSource(System.getenv(), 300));
        String named = builder.build()
                .getOptionalValue(PREFIX + "config", String.class)
                .orElse("");
        Path file = Path.of(named.isEmpty() ? "deferred-im.properties" : named);
        if (!named.isEmpty() || Files.exists(file)) {
            try {
                builder.withSources(new PropertiesConfigSource(file.toUri().toURL(), 100));
            } catch (IOException e) {
                throw new ConfigurationException(PREFIX + "config", file.toString(), "a readable properties file", e);
            }
        }
        return read(builder.build());
    }

    /** The configuration out of given sources. */
    static Configuration read(SmallRyeConfig config) {
        ConfigurationReader reader = new ConfigurationReader(config);
        reader.known.add(PREFIX + "config");
        Configuration configuration = reader.configuration();
        reader.refuseUnknownKeys();
        return configuration;
    }

    private Configuration configuration() {
        Path dataDir = get("data-dir", "./data", "a directory", Path::of);
        Configuration.Push push = new Configuration.Push(
                duration("push.idle", "PT5S"),
                get("push.default", "push", "one of push, notify, pull, hold", ConfigurationReader::setting),
                number("push.window", 8, 1, 1000),
                duration("push.answer-timeout", "PT30S"),
                duration("push.retry-first", "PT10S"),
                duration("push.retry-most", "PT30M"),
                flag("push.page-mode", true),
                number("push.concurrent", 500, 1, 100_000));
        List<String> domains = get(
                "domains",
                "example.test",
                "a list of domains, with commas between",
                value -> items(value).map(ConfigurationReader::domain).toList());
        Configuration.Tls tls = new Configuration.Tls(
                get("tls.key-store", "", "a PKCS #12 file", Function.identity()),
                get("tls.password", "", "a secret", Function.identity()),
                get("tls.trust-store", "", "a PKCS #12 file", Function.identity()),
                get("tls.trust-password", "", "a secret", Function.identity()));
        return new Configuration(
                new Configuration.Core(
                        get("core.uri", "sip:127.0.0.1:5060;lr", "a SIP URI", ConfigurationReader::sipUri),
                        get(
                                "core.trusted",
                                "127.0.0.1,::1",
                                "a list of IP addresses and CIDR blocks, with commas between",
                                value -> items(value).map(AddressRange::parse).toList()),
                        flag("core.reg-event", false)),
                get("identity", "sip:im-server@example.test", "a SIP URI", ConfigurationReader::sipUri),
                Set.copyOf(domains),
                new Configuration.Sip(
                        get(
                                "sip.host",
                                "127.0.0.1",
                                "a host by which others reach this one, not 0.0.0.0 or ::",
                                value -> checked(value, !value.matches("0\\.0\\.0\\.0|::|\\[::]"))),
                        port("sip.port", 5080),
                        port("sip.tls-port", 5081),
                        tlsClientAuth(tls)),
                http(),
                new Configuration.Msrp(
                        get("msrp.host", "", "a host", ConfigurationReader::withoutBrackets),
                        port("msrp.port", 2855),
                        port("msrp.tls-port", 2856),
                        get(
                                "msrp.transport",
                                "tcp",
                                "tcp or tls",
                                value ->
                                        checked(value, value.matches("tcp|tls")).equals("tls")),
                        get(
                                "msrp.relay",
                                "",
                                "an msrps URI with a port and no session id, such as msrps://relay.example.test:2855;tcp",
                                ConfigurationReader::relayUri),
                        get("msrp.relay-user", "", "a name", Function.identity()),
                        get("msrp.relay-password", "", "a secret", Function.identity())),
                new Configuration.Relay(
                        flag("relay.enabled", false),
                        get(
                                "relay.realm",
                                domains.get(0),
                                "a text without quotes and backslashes",
                                value -> checked(value, value.matches("[^\"\\\\]+"))),
                        flag("relay.auth-over-tcp", false)),
                tls,
                push,
                new Configuration.Message(
                        size("message.max-size", "10M", "2000M"),
                        duration("message.lifetime", "P30D"),
                        duration("message.answer-timeout", "PT15S"),
                        duration("message.expiry-interval", "PT1M")),
                new Configuration.Session(
                        duration("session.answer-timeout", "PT30S"),
                        duration("session.confirm-timeout", "PT20S"),
                        duration("session.idle", "PT10M"),
                        number("session.max", 5000, 1, 1_000_000),
                        number("session.window", 32, 1, 1000)),
                new Configuration.User(
                        number("user.quota", 1000, 1, 1_000_000_000), size("user.quota-size", "100M", "1000G")),
                new Configuration.Database(
                        get(
                                "database.url",
                                "jdbc:h2:file:"
                                        + dataDir.toAbsolutePath().normalize().resolve("deferred-im")
                                        + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE",
                                "a JDBC URL",
                                ConfigurationReader::jdbcUrl),
                        get("database.user", "", "a name", Function.identity()),
                        get("database.password", "", "a secret", Function.identity()),
                        get("database.jndi", "", "a JNDI name", Function.identity())),
                new Configuration.Node(
                        get("node.name", "", "a name", Function.identity()),
                        get(
                                "node.lease",
                                "PT15S",
                                "a duration of a second to a day, such as PT15S",
                                ConfigurationReader::lease)),
                dataDir);
    }

    /** Not by the authorities of the JDK: they vouch for anybody. */
    private boolean tlsClientAuth(Configuration.Tls tls) {
        return get("sip.tls-client-auth", "false", "true with deferred-im.tls.trust-store, or false", value -> {
            checked(value, value.matches("true|false"));
            return checked(value, value.equals("false") || !tls.trustStore().isEmpty())
                    .equals("true");
        });
    }

    private Configuration.Http http() {
        String host = get("http.host", "127.0.0.1", "a host", Function.identity());
        return new Configuration.Http(
                host,
                port("http.port", 8080),
                get("http.tls-host", host, "a host", Function.identity()),
                get(
                        "http.tls-port",
                        "",
                        PORT + ", or nothing",
                        value -> value.isEmpty() ? OptionalInt.empty() : OptionalInt.of(port(value))),
                get("http.operator-password", "", "a secret", Function.identity()),
                get("http.viewer-password", "", "a secret", Function.identity()));
    }

    private <T> T get(String name, String byDefault, String allowed, Function<String, T> parse) {
        String key = PREFIX + name;
        known.add(key);
        String value =
                config.getOptionalValue(key, String.class).orElse(byDefault).trim();
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new ConfigurationException(key, value, allowed, e);
        }
    }

    private static Stream<String> items(String value) {
        return Arrays.stream(value.split(",", -1)).map(String::trim).map(item -> checked(item, !item.isEmpty()));
    }

    private boolean flag(String name, boolean byDefault) {
        return get(
                name,
                Boolean.toString(byDefault),
                "true or false",
                value -> checked(value, value.matches("true|false")).equals("true"));
    }

    private int port(String name, int byDefault) {
        return get(name, Integer.toString(byDefault), PORT, ConfigurationReader::port);
    }

    private static int port(String value) {
        int port = Integer.parseInt(value);
        checked(value, port >= 1 && port <= 65535);
        return port;
    }

    private int number(String name, int byDefault, int least, int most) {
        return get(name, Integer.toString(byDefault), "a number from %d to %d".formatted(least, most), value -> {
            int number = Integer.parseInt(value);
            checked(value, number >= least && number <= most);
            return number;
        });
    }

    private Duration duration(String name, String byDefault) {
        return get(name, byDefault, DURATION, value -> {
            Duration duration = value.contains("T") ? Duration.parse(value) : days(value);
            checked(value, !duration.isNegative() && !duration.isZero());
            return duration;
        });
    }

    private static Duration lease(String value) {
        Duration lease = Duration.parse(value);
        checked(value, lease.compareTo(Duration.ofSeconds(1)) >= 0 && lease.compareTo(Duration.ofDays(1)) <= 0);
        return lease;
    }

    private static Duration days(String value) {
        Period period = Period.parse(value);
        checked(value, period.toTotalMonths() == 0);
        return Duration.ofDays(period.getDays());
    }

    private long size(String name, String byDefault, String most) {
        return get(name, byDefault, "a size from 1 to %s, with k, M or G".formatted(most), value -> {
            long octets = octets(value);
            checked(value, octets >= 1 && octets <= octets(most));
            return octets;
        });
    }

    private static long octets(String value) {
        Matcher size = Pattern.compile("([0-9]{1,10})([kMG]?)").matcher(value);
        checked(value, size.matches());
        int shift = switch (size.group(2)) {
            case "k" -> 10;
            case "M" -> 20;
            case "G" -> 30;
            default -> 0;
        };
        return Math.multiplyExact(Long.parseLong(size.group(1)), 1L << shift);
    }

    private static String sipUri(String value) {
        return checked(
                value,
                value.matches("sips?:([^@:;?\\s]+@)?([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?(;[^?\\s]+)?"));
    }

    /** Over TLS always, as the server proves by its password who it is. */
    private static Optional<MsrpUri> relayUri(String value) {
        if (value.isEmpty()) {
            return Optional.empty();
        }
        MsrpUri uri = MsrpUri.parse(value);
        checked(value, uri.secure() && uri.port() != MsrpUri.NO_PORT && uri.sessionId() == null);
        return Optional.of(uri);
    }

    /** An IPv6 address has them only where a port may follow. */
    private static String withoutBrackets(String host) {
        return host.replaceAll("[\\[\\]]", "");
    }

    private static String domain(String value) {
        return checked(value, value.matches("[A-Za-z0-9][A-Za-z0-9.-]*")).toLowerCase(Locale.ROOT);
    }

    private static DeliverySetting setting(String value) {
        checked(value, value.equals(value.toLowerCase(Locale.ROOT)));
        return DeliverySetting.valueOf(value.toUpperCase(Locale.ROOT));
    }

    private static String jdbcUrl(String value) {
        return checked(value, value.startsWith("jdbc:"));
    }

    private static String checked(String value, boolean allowed) {
        if (!allowed) {
            throw new IllegalArgumentException(value);
        }
        return value;
    }

    private void refuseUnknownKeys() {
        Set<String> environment = known.stream()
                .map(key -> key.replaceAll("[^a-z0-9]", "_").toUpperCase(Locale.ROOT))
                .collect(Collectors.toSet());
        for (String key : config.getPropertyNames()) {
            boolean property = key.startsWith(PREFIX) && !known.contains(key);
            boolean variable = key.startsWith("DEFERRED_IM_") && !environment.contains(key);
            if (property || variable) {
                // What may be a password under a misspelled key is not shown.
                boolean secret = key.toLowerCase(Locale.ROOT).matches(".*(database|pass|secret).*");
                String value = secret
                        ? Secrets.HIDDEN
                        : config.getOptionalValue(key, String.class).orElse("");
                throw new ConfigurationException(
                        key, value, "no such key; the keys are " + String.join(", ", known), null);
            }
        }
    }
}
