package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions of hosts that are IPv6 addresses. */
class MsrpIpv6Test extends MsrpFixture {

    /** What is sent to a listener on {@code ::1} arrives there. */
    private void arrives(boolean secure, MsrpEndpoint from, InetSocketAddress to) throws Exception {
        MsrpUri mine = from.newUri(secure, "0:0:0:0:0:0:0:1", 9);
        MsrpUri theirs = endpoint.newUri(secure, "::1", to.getPort());
        MsrpUri mineSpelledOtherwise = MsrpUri.parse(mine.toString().replace("[0:0:0:0:0:0:0:1]", "[::1]"));
        endpoint.open(new MsrpAgreement(theirs, List.of(mineSpelledOtherwise), Role.PASSIVE, received, SETUP));
        MsrpSession session =
                from.open(new MsrpAgreement(mine, List.of(theirs), Role.ACTIVE, IncomingHandler.REFUSE_ALL, SETUP));
        assertThat(await(session.send(message("msg00001", "hello")))).isEqualTo(new Delivery.Confirmed());
        assertThat(received.messages.remove().content()).asString().isEqualTo("hello");
    }

    @Test
    void m24_overTcp() throws Exception {
        MsrpEndpoint client = own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null));
        arrives(false, client, endpoint.listen(new InetSocketAddress("::1", 0)));
    }

    @Test
    void m24_m38_overTls(@TempDir Path folder) throws Exception {
        Identity server = Identity.of(folder, "::1");
        MsrpEndpoint client = own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, server.trusting(server)));
        arrives(true, client, endpoint.listen(new InetSocketAddress("::1", 0), server.tls()));
    }
}
