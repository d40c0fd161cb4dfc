package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.msrp.auth.Credentials;
import im.deferred.msrp.peer.OddClient;
import im.deferred.msrp.peer.OddClient.Oddity;
import im.deferred.msrp.peer.Sink;
import im.deferred.msrp.peer.Source;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** With another implementation at the other end, and with clients of which each has one oddity. */
@Timeout(60)
class PeerInteropTest extends MsrpFixture {
    private static final int WINDOW = 64;
    private static final String TWO_CHUNKS = "two chunks ".repeat(10_000);

    private ServerSocketChannel server;
    private MsrpUri remote;

    @BeforeEach
    void listenBeside() throws IOException {
        server = own(ServerSocketChannel.open().bind(loopback(0)));
        remote = new MsrpUri(
                false, "127.0.0.1", ((InetSocketAddress) server.getLocalAddress()).getPort(), "peer0000000");
    }

    private MsrpSession active(MsrpUri to) {
        return open(Role.ACTIVE, to.toString());
    }

    private OddClient accept(Oddity oddity, MsrpSession session) throws IOException {
        return own(new OddClient(
                oddity, server.accept(), remote.toString(), session.local().toString()));
    }

    private OddClient connect(Oddity oddity, MsrpSession session) throws IOException {
        return own(new OddClient(
                oddity, SocketChannel.open(address), PEER, session.local().toString()));
    }

    private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(10, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    private String nextText() throws InterruptedException {
        return new String(next(received.messages).content());
    }

    /** What a thread of its own does; its end is awaited. */
    private static CompletableFuture<Void> beside(IoTask task) {
        return CompletableFuture.runAsync(() -> {
            try {
                task.run();
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    private interface IoTask {
        void run() throws IOException;
    }

    // ---- source and sink ----

    @Test
    void aSourceConnects() throws Exception {
        MsrpSession session = passive(received);
        Source source =
                own(new Source(SocketChannel.open(address), session.local().toString(), PEER));
        source.bind();
        int[] left = {2000};
        assertThat(source.send(() -> left[0]-- > 0, 200, WINDOW)).isEqualTo(2000);
        source.sendLarge(1_000_001, 65_536, WINDOW);
        assertThat(received.messages).hasSize(2001);
        assertThat(received.messages.stream().mapToInt(message -> message.content().length))
                .contains(200, 1_000_001);
    }

    @Test
    void aSourceIsConnectedTo() throws Exception {
        MsrpSession session = active(remote);
        Source source = own(new Source(server.accept(), session.local().toString(), remote.toString()));
        source.awaitBind();
        int[] left = {100};
        source.send(() -> left[0]-- > 0, 1, 1);
        assertThat(received.messages).hasSize(100);
    }

    @Test
    void aSinkIsConnectedTo() throws Exception {
        MsrpSession session = active(remote);
        Sink sink = own(new Sink(server.accept()));
        CompletableFuture<Void> served = beside(sink::serve);
        sendTo(session);
        session.close();
        await(served);
        assertThat(sink.count()).isEqualTo(new Sink.Count(501, 500 * 200 + 1_000_001));
    }

    @Test
    void aSinkConnects() throws Exception {
        MsrpSession session = passive(IncomingHandler.REFUSE_ALL);
        Sink sink = own(new Sink(SocketChannel.open(address)));
        sink.bind(session.local().toString(), PEER);
        CompletableFuture<Void> served = beside(sink::serve);
        sendTo(session);
        session.close();
        await(served);
        assertThat(sink.count()).isEqualTo(new Sink.Count(501, 500 * 200 + 1_000_001));
    }

    /** Digest is another implementation's here too. */
    @Test
    void r02_aSourceAuthenticatesAndSendsThroughTheRelay() throws Exception {
        MsrpUri relay = relay();
        Source source = own(new Source(SocketChannel.open(address), remote.toString(), PEER));
        source.authorize(relay.toString(), "alice", "secret");
        CompletableFuture<Sink> served = CompletableFuture.supplyAsync(this::serveOne);
        int[] left = {500};
        source.send(() -> left[0]-- > 0, 200, WINDOW);
        source.sendLarge(1_000_001, 65_536, WINDOW);
        source.close();
        assertThat(await(served).count()).isEqualTo(new Sink.Count(501, 500 * 200 + 1_000_001));
    }

    private MsrpUri relay() {
        MsrpUri relay = new MsrpUri(false, "127.0.0.1", address.getPort(), null);
        endpoint.relay(
                new RelaySettings(relay, "example.test", true, RelayLimits.DEFAULTS),
                Credentials.of(Map.of("alice", "secret")));
        return relay;
    }

    /** Until what has connected is closed. */
    private Sink serveOne() {
        try (Sink sink = new Sink(server.accept())) {
            sink.serve();
            return sink;
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }

    @Test
    void r02_aSourceWithAWrongPasswordGetsNothing() throws Exception {
        MsrpUri relay = relay();
        Source source = own(new Source(SocketChannel.open(address), remote.toString(), PEER));
        assertThatThrownBy(() -> source.authorize(relay.toString(), "alice", "guess"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("401");
    }

    /** Short messages, then a long one that asks for a REPORT. */
    private static void sendTo(MsrpSession session) throws Exception {
        List<CompletionStage<Delivery>> sent = new ArrayList<>(IntStream.range(0, 500)
                .mapToObj(i -> session.send(message("msg" + i, new byte[200])))
                .toList());
        OutgoingMessage large = message("large", new byte[1_000_001]);
        sent.add(session.send(new OutgoingMessage(
                large.messageId(), large.contentType(), large.extensionHeaders(), large.content(), true)));
        for (CompletionStage<Delivery> each : sent) {
            assertThat(await(each)).isEqualTo(new Delivery.Confirmed());
        }
    }

    // ---- odd clients ----

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"ONE_SEND_AT_A_TIME", "NO_EMPTY_SEND"})
    void anOddClientIsConnectedTo(Oddity oddity) throws Exception {
        MsrpSession session = active(remote);
        OddClient client = accept(oddity, session);
        assertThat(await(session.send(message("msg1", "hello")))).isEqualTo(new Delivery.Confirmed());
        assertThat(next(client.received())).isEqualTo("hello");
        assertThat(await(client.send(TWO_CHUNKS, false))).containsOnly(200);
        assertThat(nextText()).isEqualTo(TWO_CHUNKS);
        assertThat(client.over().toCompletableFuture()).isNotDone();
    }

    @ParameterizedTest
    @EnumSource
    void anOddClientConnects(Oddity oddity) throws Exception {
        MsrpSession session = passive(received);
        OddClient client = connect(oddity, session);
        assertThat(await(client.send(TWO_CHUNKS, false))).containsOnly(200);
        assertThat(nextText()).isEqualTo(TWO_CHUNKS);
        await(session.ready());
        assertThat(await(session.send(message("msg1", "hello")))).isEqualTo(new Delivery.Confirmed());
        assertThat(next(client.received())).isEqualTo("hello");
        assertThat(client.over().toCompletableFuture()).isNotDone();
    }

    @Test
    void whoTakesOneSendAtATimeIsServedWhenItsAnswersAreAwaited() throws Exception {
        MsrpSession session = passive(received);
        OddClient client = connect(Oddity.ONE_SEND_AT_A_TIME, session);
        await(client.send("hello", false));
        for (String id : List.of("msg1", "msg2", "msg3")) {
            assertThat(await(session.send(message(id, id)))).isEqualTo(new Delivery.Confirmed());
        }
        assertThat(client.received()).containsExactly("msg1", "msg2", "msg3");
    }

    @Test
    void whoTakesOneSendAtATimeIsLostWhenTheyAreNot() throws Exception {
        MsrpSession session = passive(received);
        OddClient client = own(new OddClient(
                Oddity.ONE_SEND_AT_A_TIME,
                SocketChannel.open(address),
                PEER,
                session.local().toString(),
                answer -> {})); // never: the second SEND may take its time
        await(client.send("hello", false));
        CompletionStage<Delivery> first = session.send(message("msg1", "one"));
        CompletionStage<Delivery> second = session.send(message("msg2", "two"));
        assertThat(await(client.over())).isEqualTo("second SEND");
        assertThat(await(first)).isInstanceOf(Delivery.Lost.class);
        assertThat(await(second)).isInstanceOf(Delivery.Lost.class);
        await(session.closed());
    }

    @Test
    void whoCannotStandASendWithoutContentIsLostAtOnce() throws Exception {
        MsrpSession session = active(remote);
        CompletionStage<Delivery> sent = session.send(message("msg1", "hello"));
        OddClient client = accept(Oddity.NO_EMPTY_SEND, session);
        assertThat(await(client.over())).isEqualTo("SEND without content");
        assertThat(await(sent)).isInstanceOf(Delivery.Lost.class);
        await(session.closed());
    }

    @Test
    void m13_messagesOfASessionDoNotMixSoThatOneBufferWillDo() throws Exception {
        MsrpSession session = active(remote);
        OddClient client = accept(Oddity.ONE_BUFFER, session);
        CompletionStage<Delivery> first = session.send(message("msg1", TWO_CHUNKS));
        CompletionStage<Delivery> second = session.send(message("msg2", "other " + TWO_CHUNKS));
        assertThat(await(first)).isEqualTo(new Delivery.Confirmed());
        assertThat(await(second)).isEqualTo(new Delivery.Confirmed());
        assertThat(client.received()).containsExactly(TWO_CHUNKS, "other " + TWO_CHUNKS);
    }

    @Test
    void whatFitsOneChunkNeedsNoReassembly() throws Exception {
        MsrpSession session = active(remote);
        OddClient client = accept(Oddity.NO_REASSEMBLY, session);
        String oneChunk = TWO_CHUNKS.substring(0, limits().chunkLength());
        assertThat(await(session.send(message("msg1", oneChunk)))).isEqualTo(new Delivery.Confirmed());
        assertThat(client.received()).containsExactly(oneChunk);
    }

    @Test
    void m18_anAnswerToAReportIsOverlooked() throws Exception {
        MsrpSession session = passive(received);
        OddClient client = connect(Oddity.ANSWERS_REPORTS, session);
        assertThat(await(client.send("hello", true))).containsOnly(200);
        assertThat(next(client.reports())).isEqualTo("000 200 OK");
        assertThat(await(session.send(message("msg1", "hello")))).isEqualTo(new Delivery.Confirmed());
        assertThat(await(client.send("again", true))).containsOnly(200);
        assertThat(next(client.reports())).isEqualTo("000 200 OK");
    }

    @Test
    void m20_whoAskedForNoReportGetsNone() throws Exception {
        MsrpSession session = passive(received);
        OddClient client = connect(Oddity.REPORT_IS_ERROR, session);
        assertThat(await(client.send("hello", false))).containsOnly(200);
        assertThat(await(client.send(TWO_CHUNKS, false))).containsOnly(200);
        assertThat(client.reports()).isEmpty();
        assertThat(client.over().toCompletableFuture()).isNotDone();
    }

    @Test
    void m26_twoSessionsToOneHostReachItByOneConnection() throws Exception {
        MsrpSession one = active(remote);
        OddClient client = accept(Oddity.IGNORES_TO_PATH, one);
        MsrpSession two = active(new MsrpUri(false, remote.host(), remote.port(), "other000000"));
        assertThat(await(one.send(message("msg1", "one")))).isEqualTo(new Delivery.Confirmed());
        assertThat(await(two.send(message("msg2", "two")))).isEqualTo(new Delivery.Confirmed());
        assertThat(client.received()).containsExactly("one", "two");
    }

    @Test
    void aClientOfOneSessionRefusesTheSecondAndKeepsTheFirst() throws Exception {
        MsrpSession one = active(remote);
        OddClient client = accept(Oddity.ONE_SESSION_PER_CONNECTION, one);
        MsrpSession two = active(new MsrpUri(false, remote.host(), remote.port(), "other000000"));
        assertThat(await(two.send(message("msg2", "two")))).isEqualTo(new Delivery.Refused(481, "No such session"));
        assertThat(await(one.send(message("msg1", "one")))).isEqualTo(new Delivery.Confirmed());
        assertThat(client.received()).containsExactly("one");
    }
}
