package im.deferred.msrp;

import static im.deferred.Property.oneOf;
import static im.deferred.Property.text;
import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** MSRP URIs of every form. */
class MsrpUriPropertyTest {

    @Test
    void m24_whatIsWrittenIsRead() {
        Property.holds(1000, random -> {
            List<MsrpUri> path = new ArrayList<>();
            for (int count = random.nextInt(1, 4); count > 0; count--) {
                path.add(uri(random));
            }
            List<MsrpUri> read = MsrpUri.parsePath(MsrpUri.formatPath(path));
            assertThat(read).isEqualTo(path);
            assertThat(read.toString()).isEqualTo(path.toString());
        });
    }

    @Test
    void m24_equalWhateverTheCaseOfHostAndTransportTheUserAndTheParameters() {
        Property.holds(1000, random -> {
            MsrpUri uri = uri(random);
            MsrpUri same = new MsrpUri(
                    uri.secure(),
                    random.nextBoolean() ? null : "other",
                    uri.host().toUpperCase(Locale.ROOT),
                    uri.port(),
                    uri.sessionId(),
                    uri.transport().toUpperCase(Locale.ROOT),
                    List.of("other"));
            assertThat(same).isEqualTo(uri).hasSameHashCodeAs(uri);
            MsrpUri other = new MsrpUri(uri.secure(), uri.host(), uri.port(), "other" + uri.sessionId());
            assertThat(other).isNotEqualTo(uri);
        });
    }

    private static MsrpUri uri(RandomGenerator random) {
        List<String> parameters = new ArrayList<>();
        for (int count = random.nextInt(3); count > 0; count--) {
            parameters.add(text(random, "ab=:/@[]%!", 1, 8));
        }
        String address = Integer.toHexString(random.nextInt(0x10000));
        return new MsrpUri(
                random.nextBoolean(),
                random.nextBoolean() ? null : text(random, "aZ0-.:%", 1, 10),
                oneOf(random, text(random, "aZ0-.", 1, 20), "192.0.2.1", "2001:db8::" + address, "fe80::1%eth0"),
                random.nextBoolean() ? MsrpUri.NO_PORT : random.nextInt(1, 65536),
                random.nextBoolean() ? null : text(random, "aZ0-._~+=/", 1, 40),
                oneOf(random, "tcp", "TCP", "sctp"),
                parameters);
    }
}
