package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import im.deferred.msrp.Received.Message;
import im.deferred.msrp.peer.Kamailio;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Through a widespread relay that is not ours, between two ends that are. */
class KamailioRelayTest extends MsrpFixture {
    private MsrpEndpoint receiver;
    private MsrpUri relay;
    private MsrpUri sending;
    private MsrpUri receiving;

    @BeforeEach
    void start() throws Exception {
        boolean installed = Kamailio.program().isPresent();
        if (!installed) {
            System.out.println("SKIPPED: kamailio is not installed, nothing is sent through it");
        }
        assumeTrue(installed, "kamailio is not installed, nothing is sent through it");
        receiver = own(new MsrpEndpoint(limits()));
        receiving = receiver.newUri("127.0.0.1", receiver.listen(loopback(0)).getPort());
        sending = endpoint.newUri("127.0.0.1", address.getPort());
        relay = endpoint.newUri("127.0.0.1", own(new Kamailio()).port());
    }

    private MsrpSession sender() {
        return endpoint.open(
                new MsrpAgreement(sending, List.of(relay, receiving), Role.ACTIVE, IncomingHandler.REFUSE_ALL, SETUP));
    }

    private MsrpSession receiver(MsrpUri from) {
        return receiver.open(new MsrpAgreement(receiving, List.of(relay, from), Role.PASSIVE, received, SETUP));
    }

    private Message next() throws InterruptedException {
        return received.messages.poll(10, TimeUnit.SECONDS);
    }

    /** Confirmed means that the REPORT came back through the relay: it answers each SEND itself. */
    @Test
    void m20_aMessageInManyChunksIsReportedThroughTheRelay() throws Exception {
        receiver(sending);
        MsrpSession session = sender();
        byte[] content = new byte[1_000_003];
        new Random(1).nextBytes(content);
        CompletionStage<Delivery> sent = session.send(message("large", content));
        assertThat(next().content()).isEqualTo(content);
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void manyMessagesKeepTheirOrder() throws Exception {
        receiver(sending);
        MsrpSession session = sender();
        List<CompletionStage<Delivery>> sent = IntStream.range(0, 300)
                .mapToObj(i -> session.send(message("msg" + i, "text " + i)))
                .toList();
        for (int i = 0; i < 300; i++) {
            assertThat(await(sent.get(i))).isEqualTo(new Delivery.Confirmed());
            assertThat(new String(next().content())).isEqualTo("text " + i);
        }
    }

    @Test
    void m19_theOtherWayRoundToo() throws Exception {
        MsrpSession passive = receiver(sending);
        MsrpSession active =
                endpoint.open(new MsrpAgreement(sending, List.of(relay, receiving), Role.ACTIVE, received, SETUP));
        await(active.ready());
        await(passive.ready());
        CompletionStage<Delivery> sent = passive.send(message("back", "back"));
        assertThat(new String(next().content())).isEqualTo("back");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    /** It grants to everybody. */
    @Test
    void r03_aSessionBehindTheUriThatItGranted() throws Exception {
        MsrpUri own = new MsrpUri(false, "127.0.0.1", relay.port(), null);
        RelayAccess access = new RelayAccess(own, Set.of(), "alice", "secret", Duration.ofMinutes(5));
        RelayGrant grant = await(endpoint.authorize(sending, access));
        assertThat(grant.usePath()).hasSize(1);
        receiver.open(new MsrpAgreement(receiving, grant.localPath(), Role.PASSIVE, received, SETUP));
        MsrpSession session =
                endpoint.open(MsrpAgreement.behind(grant, List.of(receiving), Role.ACTIVE, received, SETUP));
        CompletionStage<Delivery> sent = session.send(message("msg1", "hello"));
        assertThat(new String(next().content())).isEqualTo("hello");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }
}
