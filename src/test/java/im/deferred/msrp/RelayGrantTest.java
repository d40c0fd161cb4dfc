package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import im.deferred.msrp.auth.Credentials;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions of an endpoint that stands behind a relay. */
class RelayGrantTest extends MsrpFixture {
    private MsrpEndpoint alice;
    private MsrpEndpoint bob;
    private MsrpUri relay;
    private MsrpUri bobs;

    @BeforeEach
    void startRelayAndPeers() throws Exception {
        relay = new MsrpUri(false, "127.0.0.1", address.getPort(), null);
        endpoint.relay(
                new RelaySettings(relay, "example.test", true, RelayLimits.DEFAULTS),
                Credentials.of(Map.of("alice", "secret")));
        alice = own(new MsrpEndpoint(MsrpLimits.DEFAULTS));
        bob = own(new MsrpEndpoint(MsrpLimits.DEFAULTS));
        bobs = bob.newUri("127.0.0.1", bob.listen(loopback(0)).getPort());
    }

    private RelayGrant grant(MsrpUri local) throws Exception {
        return await(authorize(local, "secret"));
    }

    private CompletionStage<RelayGrant> authorize(MsrpUri local, String password) {
        return alice.authorize(local, new RelayAccess(relay, Set.of(), "alice", password, Duration.ofMinutes(5)));
    }

    /** What was refused closes the connection that nobody else uses: who comes at that moment is asked on another one. */
    @Test
    void r02_theNextToAskIsNoVictimOfTheOneThatWasRefused() throws Exception {
        for (int i = 0; i < 200; i++) {
            CompletionStage<RelayGrant> refused = authorize(alice.newUri("127.0.0.1", 9), "guess");
            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> await(refused))
                    .withMessageContaining("AUTH answered 401");
        }
        assertThat(grant(alice.newUri("127.0.0.1", 9)).usePath()).hasSize(1);
    }

    /** The relay has answered 200 itself, and tells of the refusal in a REPORT of its own: From-Path is its URI alone. */
    @Test
    void r09_whatThePeerRefusesIsRefused() throws Exception {
        MsrpUri local = alice.newUri("127.0.0.1", 9);
        RelayGrant grant = grant(local);
        bob.open(new MsrpAgreement(bobs, grant.localPath(), Role.PASSIVE, received, SETUP));
        MsrpSession here = alice.open(MsrpAgreement.behind(grant, List.of(bobs), Role.ACTIVE, received, SETUP));

        OutgoingMessage image =
                new OutgoingMessage("image0001", "image/png", Map.of(), MsrpContent.of(new byte[9000]), false);
        assertThat(await(here.send(image))).isEqualTo(new Delivery.Refused(415, "Not this type"));
    }

    @Test
    void r09_whomTheRelayCannotReachIsToldOf() throws Exception {
        MsrpUri local = alice.newUri("127.0.0.1", 9);
        MsrpUri nobody = alice.newUri("127.0.0.1", 1);
        MsrpSession here =
                alice.open(MsrpAgreement.behind(grant(local), List.of(nobody), Role.ACTIVE, received, SETUP));

        assertThat(await(here.send(message("lost00001", "Hello"))))
                .isInstanceOfSatisfying(
                        Delivery.Refused.class,
                        refused -> assertThat(refused.status()).isEqualTo(408));
    }

    @Test
    void messagesThroughTheRelayAreConfirmedByTheirReports() throws Exception {
        MsrpUri local = alice.newUri("127.0.0.1", 9);
        RelayGrant grant = grant(local);
        assertThat(grant.usePath()).hasSize(1);
        MsrpSession there = bob.open(new MsrpAgreement(bobs, grant.localPath(), Role.PASSIVE, received, SETUP));
        MsrpSession here = alice.open(MsrpAgreement.behind(grant, List.of(bobs), Role.ACTIVE, received, SETUP));

        byte[] large = new byte[300_000];
        new Random(1).nextBytes(large);
        assertThat(await(here.send(message("small0001", "Hello")))).isEqualTo(new Delivery.Confirmed());
        assertThat(await(here.send(message("large0001", large)))).isEqualTo(new Delivery.Confirmed());
        assertThat(await(there.send(message("back00001", "Hello back")))).isEqualTo(new Delivery.Confirmed());
    }
}
