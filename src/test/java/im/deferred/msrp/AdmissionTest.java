package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

/** Who comes in while two may be in from one place, and three in all. */
class AdmissionTest {
    private final Admission admission = new Admission(
            MsrpLimits.builder().maxConnections(3).maxConnectionsPerAddress(2).build(), () -> 0);

    private boolean enter(String address) throws Exception {
        return admission.enter(InetAddress.getByName(address));
    }

    private void leave(String address) throws Exception {
        admission.leave(InetAddress.getByName(address));
    }

    @Test
    void anAddressHasItsShare() throws Exception {
        assertThat(enter("192.0.2.1")).isTrue();
        assertThat(enter("192.0.2.1")).isTrue();
        assertThat(enter("192.0.2.1")).isFalse();
        assertThat(enter("192.0.2.2")).isTrue();
        leave("192.0.2.1");
        assertThat(enter("192.0.2.1")).isTrue();
    }

    @Test
    void anIpv6NetworkCountsAsOneAddress() throws Exception {
        assertThat(enter("2001:db8:0:1::1")).isTrue();
        assertThat(enter("2001:db8:0:1:ffff::2")).isTrue();
        assertThat(enter("2001:db8:0:1::3")).isFalse();
        assertThat(enter("2001:db8:0:2::1")).isTrue();
    }

    @Test
    void allTogetherHaveALimit() throws Exception {
        assertThat(enter("192.0.2.1")).isTrue();
        assertThat(enter("192.0.2.2")).isTrue();
        assertThat(enter("192.0.2.3")).isTrue();
        assertThat(enter("192.0.2.4")).isFalse();
        leave("192.0.2.1");
        assertThat(enter("192.0.2.4")).isTrue();
    }

    @Test
    void whoIsRefusedDoesNotCount() throws Exception {
        enter("192.0.2.1");
        enter("192.0.2.1");
        for (int i = 0; i < 5; i++) {
            assertThat(enter("192.0.2.1")).isFalse();
        }
        assertThat(enter("192.0.2.2")).isTrue();
        leave("192.0.2.1");
        assertThat(enter("192.0.2.1")).isTrue();
    }
}
