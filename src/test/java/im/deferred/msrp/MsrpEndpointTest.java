package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Two endpoints, each with its own sockets, and what an endpoint does by itself. */
class MsrpEndpointTest extends MsrpFixture {
    private final Received answered = new Received();

    /** An active session here and its passive peer on another endpoint. */
    private record Pair(MsrpSession active, MsrpSession passive) {}

    private Pair pair() throws Exception {
        MsrpEndpoint other = own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, null));
        MsrpUri mine = endpoint.newUri("127.0.0.1", address.getPort());
        MsrpUri theirs = other.newUri("127.0.0.1", other.listen(loopback(0)).getPort());
        MsrpSession passive = other.open(new MsrpAgreement(theirs, List.of(mine), Role.PASSIVE, received, SETUP));
        MsrpSession active = endpoint.open(new MsrpAgreement(mine, List.of(theirs), Role.ACTIVE, answered, SETUP));
        await(active.ready());
        await(passive.ready());
        return new Pair(active, passive);
    }

    @Test
    void messagesArriveInOrderWithAWindow() throws Exception {
        Pair pair = pair();
        Semaphore window = new Semaphore(16);
        List<CompletionStage<Delivery>> deliveries = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            window.acquire();
            CompletionStage<Delivery> sent = pair.active().send(message("msg" + (10_000 + i), "text " + i));
            deliveries.add(sent.whenComplete((delivery, failure) -> window.release()));
        }
        for (CompletionStage<Delivery> delivery : deliveries) {
            assertThat(await(delivery)).isEqualTo(new Delivery.Confirmed());
        }
        assertThat(received.messages).hasSize(2000);
        for (int i = 0; i < 2000; i++) {
            assertThat(received.messages.remove().content()).asString().isEqualTo("text " + i);
        }
    }

    @Test
    void m08_aMegabyteEachWay() throws Exception {
        Pair pair = pair();
        byte[] there = new byte[1_000_000];
        byte[] back = new byte[1_000_001];
        new Random(1).nextBytes(there);
        new Random(2).nextBytes(back);
        CompletionStage<Delivery> sent = pair.active().send(message("msg00001", there));
        CompletionStage<Delivery> replied = pair.passive().send(message("msg00001", back));
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
        assertThat(await(replied)).isEqualTo(new Delivery.Confirmed());
        assertThat(received.messages.remove().content()).isEqualTo(there);
        assertThat(answered.messages.remove().content()).isEqualTo(back);
    }

    @Test
    void m20_successReport() throws Exception {
        Pair pair = pair();
        CompletionStage<Delivery> sent = pair.active()
                .send(new OutgoingMessage("msg00001", "text/plain", Map.of(), MsrpContent.of(new byte[200_000]), true));
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m22_refusedTypeAndRefusedLength() throws Exception {
        Pair pair = pair();
        CompletionStage<Delivery> type = pair.active()
                .send(new OutgoingMessage("msg00001", "image/png", Map.of(), MsrpContent.of(new byte[9]), false));
        CompletionStage<Delivery> length = pair.active().send(message("msg00002", new byte[2_000_001]));
        CompletionStage<Delivery> fine = pair.active().send(message("msg00003", "x"));
        assertThat(await(type)).isEqualTo(new Delivery.Refused(415, "Not this type"));
        assertThat(await(length)).isEqualTo(new Delivery.Refused(413, "Too long"));
        assertThat(await(fine)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m05_anMsrpFrameAsContentArrivesUnchanged() throws Exception {
        Pair pair = pair();
        String nested = "MSRP d93kswow SEND\r\nTo-Path: msrp://x;tcp\r\nFrom-Path: msrp://y;tcp\r\n"
                + "Content-Type: text/plain\r\n\r\nhi\r\n-------d93kswow$\r\n";
        assertThat(await(pair.active().send(message("msg00001", nested)))).isEqualTo(new Delivery.Confirmed());
        assertThat(received.messages.remove().content())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(nested);
    }

    @Test
    void closingOneEndEndsTheOther() throws Exception {
        Pair pair = pair();
        pair.active().close();
        await(pair.active().closed());
        await(pair.passive().closed());
    }

    @Test
    void aBusyPortIsABindException() {
        assertThatThrownBy(() -> endpoint.listen(address)).isInstanceOf(BindException.class);
    }

    @Test
    void refusedConnectionFailsTheSession() throws Exception {
        MsrpUri nobody = new MsrpUri(false, "127.0.0.1", 1, "nobody00000");
        MsrpSession session = endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", address.getPort()), List.of(nobody), Role.ACTIVE, received, SETUP));
        assertThatThrownBy(() -> await(session.ready()))
                .hasCauseInstanceOf(MsrpSessionException.class)
                .hasMessageContaining("cannot connect to " + nobody);
        await(session.closed());
    }

    @Test
    void hostNamesAreLookedUp() throws Exception {
        ServerSocket server = server();
        MsrpSession session = endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", address.getPort()),
                List.of(new MsrpUri(false, "localhost", server.getLocalPort(), "peer0000000")),
                Role.ACTIVE,
                received,
                SETUP));
        accept(server).readAndAnswer("200 OK");
        await(session.ready());
    }

    @Test
    void m25_sessionIdsAreLongAndDoNotRepeat() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            String id = endpoint.newUri("host", 2855).sessionId();
            assertThat(id).hasSizeGreaterThanOrEqualTo(22);
            ids.add(id);
        }
        assertThat(ids).hasSize(1000);
    }

    @Test
    void twoSessionsOfOneIdAreRefused() {
        MsrpSession session = passive(received);
        assertThatThrownBy(() -> endpoint.open(
                        new MsrpAgreement(session.local(), session.remotePath(), Role.PASSIVE, received, SETUP)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closeEndsSessionsAndThreads() throws Exception {
        Pair pair = pair();
        CompletionStage<Delivery> waiting = passive(received).send(message("msg00001", "x"));
        Set<Thread> before = threads();
        assertThat(before).isNotEmpty();
        endpoint.close();
        assertThat(await(waiting)).isInstanceOf(Delivery.Lost.class);
        await(pair.passive().closed());
        assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> endpoint.listen(loopback(0))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> passive(received)).isInstanceOf(IllegalStateException.class);
        closeAll();
        for (Thread thread : before) {
            thread.join(TimeUnit.SECONDS.toMillis(10));
            assertThat(thread.isAlive()).isFalse();
        }
    }

    private static Set<Thread> threads() {
        Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
        threads.removeIf(thread -> !thread.getName().startsWith("msrp-"));
        return threads;
    }
}
