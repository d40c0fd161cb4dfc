package im.deferred.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import im.deferred.core.AddressRange;
import im.deferred.msrp.MsrpUri;
import im.deferred.settings.DeliverySetting;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationReaderTest {

    private static final Map<String, String> NOTHING = Map.of();

    @Test
    void defaultsAreThoseOfTheContract() {
        Configuration configuration = read(NOTHING);

        assertThat(configuration.core())
                .isEqualTo(new Configuration.Core(
                        "sip:127.0.0.1:5060;lr",
                        List.of(AddressRange.parse("127.0.0.1"), AddressRange.parse("::1")),
                        false));
        assertThat(configuration.identity()).isEqualTo("sip:im-server@example.test");
        assertThat(configuration.domains()).containsExactly("example.test");
        assertThat(configuration.sip()).isEqualTo(new Configuration.Sip("127.0.0.1", 5080, 5081, false));
        assertThat(configuration.http())
                .isEqualTo(new Configuration.Http("127.0.0.1", 8080, "127.0.0.1", OptionalInt.empty(), "", ""));
        assertThat(configuration.msrp())
                .isEqualTo(new Configuration.Msrp("", 2855, 2856, false, Optional.empty(), "", ""));
        assertThat(configuration.relay()).isEqualTo(new Configuration.Relay(false, "example.test", false));
        assertThat(configuration.tls()).isEqualTo(new Configuration.Tls("", "", "", ""));
        assertThat(configuration.push())
                .isEqualTo(new Configuration.Push(
                        Duration.ofSeconds(5),
                        DeliverySetting.PUSH,
                        8,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(30),
                        true,
                        500));
        assertThat(configuration.message())
                .isEqualTo(new Configuration.Message(
                        10 << 20, Duration.ofDays(30), Duration.ofSeconds(15), Duration.ofMinutes(1)));
        assertThat(configuration.user()).isEqualTo(new Configuration.User(1000, 100 << 20));
        assertThat(configuration.dataDir()).isEqualTo(Path.of("./data"));
        assertThat(configuration.database().url())
                .startsWith("jdbc:h2:file:" + Path.of("data/deferred-im").toAbsolutePath());
        assertThat(configuration.database())
                .extracting("user", "password", "jndi")
                .containsExactly("", "", "");
    }

    @Test
    void oneKeyHasThreeSpellings() {
        Map<String, String> file = Map.of("deferred-im.push.idle", "PT1S", "deferred-im.data-dir", "/var/lib/im");
        Map<String, String> environment = Map.of("DEFERRED_IM_PUSH_IDLE", "PT2S", "DEFERRED_IM_MESSAGE_MAX_SIZE", "2k");
        Map<String, String> properties = Map.of("deferred-im.push.idle", "PT3S");

        assertThat(read(NOTHING, NOTHING, file).push().idle()).hasSeconds(1);
        assertThat(read(NOTHING, environment, file).push().idle()).hasSeconds(2);
        Configuration all = read(properties, environment, file);
        assertThat(all.push().idle()).hasSeconds(3);
        assertThat(all.message().maxSize()).isEqualTo(2048);
        assertThat(all.dataDir()).isEqualTo(Path.of("/var/lib/im"));
        assertThat(all.database().url()).startsWith("jdbc:h2:file:/var/lib/im/deferred-im");
    }

    @Test
    void listsAreSeparatedByCommas() {
        Configuration configuration = read(Map.of(
                "deferred-im.core.trusted", "192.0.2.0/24, 2001:db8::1",
                "deferred-im.domains", "Example.TEST, example.org"));

        assertThat(configuration.core().trusted())
                .containsExactly(AddressRange.parse("192.0.2.0/24"), AddressRange.parse("2001:db8::1"));
        assertThat(configuration.domains()).isEqualTo(Set.of("example.test", "example.org"));
    }

    @Test
    void relaysRealmIsTheFirstDomainUnlessItIsGiven() {
        Map<String, String> domains = Map.of("deferred-im.domains", "b.test, a.test, c.test");

        assertThat(read(domains).relay()).isEqualTo(new Configuration.Relay(false, "b.test", false));
        assertThat(read(Map.of(
                                "deferred-im.relay.enabled",
                                "true",
                                "deferred-im.relay.realm",
                                "Chat of Example",
                                "deferred-im.relay.auth-over-tcp",
                                "true"))
                        .relay())
                .isEqualTo(new Configuration.Relay(true, "Chat of Example", true));
    }

    @Test
    void serverMayStandBehindARelay() {
        Configuration.Msrp msrp = read(Map.of(
                        "deferred-im.msrp.relay",
                        "msrps://relay.example.test:2855;tcp",
                        "deferred-im.msrp.relay-user",
                        "im-server",
                        "deferred-im.msrp.relay-password",
                        "s3cret"))
                .msrp();

        assertThat(msrp.relay()).contains(MsrpUri.parse("msrps://relay.example.test:2855;tcp"));
        assertThat(msrp.relayUser()).isEqualTo("im-server");
        assertThat(msrp.relayPassword()).isEqualTo("s3cret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "relay.example.test",
                "msrp://relay.example.test:2855;tcp",
                "msrps://relay.example.test;tcp",
                "msrps://relay.example.test:2855/s1;tcp"
            })
    void relayBeforeTheServerIsReachedOverTls(String value) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(Map.of("deferred-im.msrp.relay", value)))
                .withMessageContaining(
                        "an msrps URI with a port and no session id, such as msrps://relay.example.test:2855;tcp");
    }

    @Test
    void clientsAreInvitedOverTlsWhereTheOperatorSaysSo() {
        Configuration configuration = read(Map.of(
                "deferred-im.msrp.transport", "tls",
                "deferred-im.msrp.host", "[2001:db8::1]",
                "deferred-im.tls.trust-store", "/etc/im/authorities.p12",
                "deferred-im.tls.trust-password", "s3cret"));

        assertThat(configuration.msrp())
                .isEqualTo(new Configuration.Msrp("2001:db8::1", 2855, 2856, true, Optional.empty(), "", ""));
        assertThat(configuration.tls()).isEqualTo(new Configuration.Tls("", "", "/etc/im/authorities.p12", "s3cret"));
    }

    @Test
    void httpOverTlsIsWhereHttpIsUnlessItIsGiven() {
        Map<String, String> both = Map.of("deferred-im.http.host", "192.0.2.1", "deferred-im.http.tls-port", "8443");
        Map<String, String> outside = Map.of("deferred-im.http.tls-host", "192.0.2.1");

        assertThat(read(both).http())
                .isEqualTo(new Configuration.Http("192.0.2.1", 8080, "192.0.2.1", OptionalInt.of(8443), "", ""));
        assertThat(read(outside).http())
                .isEqualTo(new Configuration.Http("127.0.0.1", 8080, "192.0.2.1", OptionalInt.empty(), "", ""));
    }

    /** Whom the authorities of the JDK vouch for is anybody. */
    @Test
    void certificatesOfClientsAreAskedForWithATrustStoreOnly() {
        Map<String, String> asked = Map.of(
                "deferred-im.sip.tls-client-auth", "true", "deferred-im.tls.trust-store", "/etc/im/authorities.p12");

        assertThat(read(asked).sip().tlsClientAuth()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "512, 512", "64k, 65536", "10M, 10485760", "1G, 1073741824", "2000M, 2097152000"})
    void sizes(String given, long octets) {
        assertThat(read(Map.of("deferred-im.message.max-size", given)).message().maxSize())
                .isEqualTo(octets);
    }

    @ParameterizedTest
    @CsvSource({"PT0.5S, 500", "PT1M30S, 90000", "P1D, 86400000", "P2W, 1209600000", "P1DT1H, 90000000"})
    void durations(String given, long milliseconds) {
        assertThat(read(Map.of("deferred-im.message.lifetime", given)).message().lifetime())
                .hasMillis(milliseconds);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            core.uri                | tel:+1            | a SIP URI
            core.uri                | sip:a b           | a SIP URI
            core.uri                | sip:              | a SIP URI
            core.trusted            | core.example.test | a list of IP addresses and CIDR blocks, with commas between
            core.trusted            | 192.0.2.0/33      | a list of IP addresses and CIDR blocks, with commas between
            core.trusted            | ::1,              | a list of IP addresses and CIDR blocks, with commas between
            core.reg-event          | on                | true or false
            sip.tls-client-auth     | want              | true with deferred-im.tls.trust-store, or false
            sip.tls-client-auth     | true              | true with deferred-im.tls.trust-store, or false
            http.tls-port           | off               | a port, 1 to 65535, or nothing
            http.tls-port           | 0                 | a port, 1 to 65535, or nothing
            identity                | im-server         | a SIP URI
            domains                 | a.test,,b.test    | a list of domains, with commas between
            domains                 | a test            | a list of domains, with commas between
            sip.port                | 0                 | a port, 1 to 65535
            sip.tls-port            | 65536             | a port, 1 to 65535
            http.port               | eighty            | a port, 1 to 65535
            msrp.port               | -1                | a port, 1 to 65535
            msrp.tls-port           | 2856.5            | a port, 1 to 65535
            relay.enabled           | yes               | true or false
            relay.auth-over-tcp     | 1                 | true or false
            relay.realm             | a"b               | a text without quotes and backslashes
            relay.realm             | a\\b               | a text without quotes and backslashes
            msrp.transport          | udp               | tcp or tls
            msrp.transport          | TLS               | tcp or tls
            push.idle               | 5                 | an ISO-8601 duration of more than nothing, such as PT5S or P30D
            push.idle               | PT0S              | an ISO-8601 duration of more than nothing, such as PT5S or P30D
            push.answer-timeout     | -PT5S             | an ISO-8601 duration of more than nothing, such as PT5S or P30D
            push.retry-first        | 10s               | an ISO-8601 duration of more than nothing, such as PT5S or P30D
            push.retry-most         | P0D               | an ISO-8601 duration of more than nothing, such as PT5S or P30D
            message.lifetime        | P1M               | an ISO-8601 duration of more than nothing, such as PT5S or P30D
            message.lifetime        | P1Y1D             | an ISO-8601 duration of more than nothing, such as PT5S or P30D
            node.lease              | PT0.5S            | a duration of a second to a day, such as PT15S
            node.lease              | PT25H             | a duration of a second to a day, such as PT15S
            push.default            | PUSH              | one of push, notify, pull, hold
            push.default            | later             | one of push, notify, pull, hold
            push.window             | 0                 | a number from 1 to 1000
            push.page-mode          | yes               | true or false
            push.concurrent         | 0                 | a number from 1 to 100000
            user.quota              | many              | a number from 1 to 1000000000
            user.quota-size         | 1001G             | a size from 1 to 1000G, with k, M or G
            message.max-size        | 10MB              | a size from 1 to 2000M, with k, M or G
            message.max-size        | 0                 | a size from 1 to 2000M, with k, M or G
            message.max-size        | 2G                | a size from 1 to 2000M, with k, M or G
            message.max-size        | 9999999999G       | a size from 1 to 2000M, with k, M or G
            database.url            | postgresql://db   | a JDBC URL
            """)
    void aBadValueIsOneLineWithKeyValueAndWhatIsAllowed(String name, String value, String allowed) {
        String key = "deferred-im." + name;
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(Map.of(key, value)))
                .withMessage("%s = '%s': allowed is %s", key, value, allowed);
    }

    @Test
    void anUnknownKeyIsRefused() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(Map.of("deferred-im.push.idel", "PT5S")))
                .withMessageStartingWith("deferred-im.push.idel = 'PT5S': allowed is no such key; the keys are ")
                .withMessageContaining("deferred-im.push.idle")
                .withMessageNotContaining("\n");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(NOTHING, Map.of("DEFERRED_IM_PUSH_IDEL", "PT5S"), NOTHING))
                .withMessageStartingWith("DEFERRED_IM_PUSH_IDEL = 'PT5S'");
    }

    @Test
    void aKeyOfAnotherProgramIsNoneOfOurBusiness() {
        assertThat(read(Map.of("deferred-imp.push", "x", "PATH", "/bin"))).isEqualTo(read(NOTHING));
    }

    @Test
    void passwordsAreNeverShown() {
        assertThat(read(Map.of(
                        "deferred-im.database.url",
                        "jdbc:h2:mem:x;PASSWORD=s3cret;MODE=REGULAR",
                        "deferred-im.database.password",
                        "s3cret",
                        "deferred-im.tls.password",
                        "s3cret",
                        "deferred-im.msrp.relay-password",
                        "s3cret",
                        "deferred-im.tls.trust-password",
                        "s3cret")))
                .asString()
                .contains("jdbc:h2:mem:x;PASSWORD=***;MODE=REGULAR")
                .doesNotContain("s3cret");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(Map.of("deferred-im.database.passwort", "s3cret")))
                .withMessageNotContaining("s3cret");
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> read(Map.of("deferred-im.database.url", "db?password=s3cret")))
                .withMessageNotContaining("s3cret");
    }

    private static Configuration read(Map<String, String> properties) {
        return read(properties, NOTHING, NOTHING);
    }

    private static Configuration read(
            Map<String, String> properties, Map<String, String> environment, Map<String, String> file) {
        return ConfigurationReader.read(new SmallRyeConfigBuilder()
                .withSources(
                        new PropertiesConfigSource(properties, "properties", 400),
                        new EnvConfigSource(environment, 300),
                        new PropertiesConfigSource(file, "file", 100))
                .build());
    }
}
