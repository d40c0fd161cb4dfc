package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.msrp.RawPeer.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** What leaves on the wire, octet by octet, and what becomes of it by what the peer answers. */
class MsrpSendingTest extends MsrpFixture {
    private static final String RELAY = "relay0000000";

    @Test
    void m27_theEndThatConnectsSendsAtOnce() throws Exception {
        Active active = active();
        assertThat(active.first().startLine()).endsWith(" SEND");
        assertThat(active.first().header("To-Path"))
                .isEqualTo(active.session().remotePath().get(0).toString());
        assertThat(active.first().header("From-Path"))
                .isEqualTo(active.session().local().toString());
        assertThat(active.first().header("Byte-Range")).isEqualTo("1-0/0");
        assertThat(active.first().header("Content-Type")).isNull();
        assertThat(active.first().body()).isNull();
        assertThat(active.first().flag()).isEqualTo('$');
    }

    @Test
    void m03_extensionHeadersBeforeMimeHeaders() throws Exception {
        Active active = active();
        Map<String, String> extensions = new LinkedHashMap<>();
        extensions.put("Date", "Mon, 01 Jan 2024 00:00:00 GMT");
        extensions.put("X-Second", "2");
        CompletionStage<Delivery> sent = active.session()
                .send(new OutgoingMessage(
                        "msg00001",
                        "text/plain; charset=utf-8",
                        extensions,
                        MsrpContent.of("hello".getBytes()),
                        false));
        Frame frame = active.peer().readAndAnswer("200 OK");
        assertThat(frame.text())
                .isEqualTo("MSRP " + frame.id() + " SEND\r\nTo-Path: "
                        + active.session().remotePath().get(0) + "\r\nFrom-Path: "
                        + active.session().local()
                        + "\r\nMessage-ID: msg00001\r\nByte-Range: 1-5/5\r\n"
                        + "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nX-Second: 2\r\n"
                        + "Content-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n-------" + frame.id() + "$\r\n");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m09_longChunksAreInterruptible() throws Exception {
        Active active = active();
        active.session().send(message("msg00001", new byte[2048]));
        active.session().send(message("msg00002", new byte[2049]));
        assertThat(active.peer().readAndAnswer("200 OK").header("Byte-Range")).isEqualTo("1-2048/2048");
        assertThat(active.peer().readAndAnswer("200 OK").header("Byte-Range")).isEqualTo("1-*/2049");
    }

    @Test
    void m08_chunksOfOneMessageAndThenTheNext() throws Exception {
        Active active = active();
        int chunk = MsrpLimits.DEFAULTS.chunkLength();
        CompletionStage<Delivery> first = active.session().send(message("msg00001", new byte[2 * chunk + 1]));
        CompletionStage<Delivery> second = active.session().send(message("msg00002", "x"));
        Frame one = active.peer().read();
        Frame two = active.peer().read();
        Frame three = active.peer().read();
        Frame next = active.peer().read();
        assertThat(List.of(one.header("Byte-Range"), two.header("Byte-Range"), three.header("Byte-Range")))
                .containsExactly(
                        "1-*/" + (2 * chunk + 1),
                        (chunk + 1) + "-*/" + (2 * chunk + 1),
                        (2 * chunk + 1) + "-" + (2 * chunk + 1) + "/" + (2 * chunk + 1));
        assertThat(List.of(one.flag(), two.flag(), three.flag())).containsExactly('+', '+', '$');
        assertThat(List.of(one.header("Message-ID"), two.header("Message-ID"), three.header("Message-ID")))
                .containsOnly("msg00001");
        assertThat(next.header("Message-ID")).isEqualTo("msg00002");

        active.peer().write(next.answer("200 OK") + one.answer("200 OK") + two.answer("200 OK"));
        assertThat(await(second)).isEqualTo(new Delivery.Confirmed());
        assertThat(first.toCompletableFuture()).isNotDone();
        active.peer().write(three.answer("200"));
        assertThat(await(first)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void aMessageThatFitsOneChunkGoesInOneHoweverItIsRead() throws Exception {
        Active active = active();
        byte[] text = "a rather short text".getBytes();
        MsrpContent dribble = new MsrpContent() {
            @Override
            public long length() {
                return text.length;
            }

            @Override
            public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
                return CompletableFuture.supplyAsync(() -> ByteBuffer.wrap(text, (int) offset, 1));
            }
        };
        CompletionStage<Delivery> sent =
                active.session().send(new OutgoingMessage("msg00001", "text/plain", Map.of(), dribble, false));
        assertThat(active.peer().readAndAnswer("200 OK").body()).isEqualTo("a rather short text");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void emptyMessageHasAnEmptyBody() throws Exception {
        Active active = active();
        CompletionStage<Delivery> sent = active.session().send(message("msg00001", ""));
        Frame frame = active.peer().readAndAnswer("200 OK");
        assertThat(frame.body()).isEmpty();
        assertThat(frame.header("Byte-Range")).isEqualTo("1-0/0");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m23_anyOtherStatusRefusesTheMessage() throws Exception {
        Active active = active();
        CompletionStage<Delivery> one = active.session().send(message("msg00001", "x"));
        CompletionStage<Delivery> two = active.session().send(message("msg00002", "x"));
        CompletionStage<Delivery> three = active.session().send(message("msg00003", "x"));
        active.peer().readAndAnswer("415 Not this type");
        active.peer().readAndAnswer("299");
        active.peer().readAndAnswer("999 Odd");
        assertThat(await(one)).isEqualTo(new Delivery.Refused(415, "Not this type"));
        assertThat(await(two)).isEqualTo(new Delivery.Confirmed());
        assertThat(await(three)).isEqualTo(new Delivery.Refused(999, "Odd"));
    }

    @Test
    void m22_after413TheMessageIsAborted() throws Exception {
        Active active = active();
        CompletableFuture<ByteBuffer> secondChunk = new CompletableFuture<>();
        int chunk = MsrpLimits.DEFAULTS.chunkLength();
        MsrpContent content = new MsrpContent() {
            @Override
            public long length() {
                return 3L * chunk;
            }

            @Override
            public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
                return offset == 0 ? CompletableFuture.completedFuture(ByteBuffer.allocate(maxLength)) : secondChunk;
            }
        };
        CompletionStage<Delivery> sent =
                active.session().send(new OutgoingMessage("msg00001", "text/plain", Map.of(), content, false));
        CompletionStage<Delivery> next = active.session().send(message("msg00002", "x"));
        active.peer().readAndAnswer("413 Stop");
        assertThat(await(sent)).isEqualTo(new Delivery.Refused(413, "Stop"));
        secondChunk.complete(ByteBuffer.allocate(chunk));
        Frame end = active.peer().readAndAnswer("200 OK");
        assertThat(end.flag()).isEqualTo('#');
        assertThat(end.header("Message-ID")).isEqualTo("msg00001");
        assertThat(end.header("Byte-Range")).isEqualTo((chunk + 1) + "-*/" + 3 * chunk);
        assertThat(end.body()).isNull();
        assertThat(active.peer().readAndAnswer("200 OK").header("Message-ID")).isEqualTo("msg00002");
        assertThat(await(next)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void contentThatCannotBeReadFailsAndIsAborted() throws Exception {
        Active active = active();
        int chunk = MsrpLimits.DEFAULTS.chunkLength();
        MsrpContent content = new MsrpContent() {
            @Override
            public long length() {
                return 2L * chunk;
            }

            @Override
            public CompletionStage<ByteBuffer> read(long offset, int maxLength) {
                if (offset > 0) {
                    throw new IllegalStateException("disk");
                }
                return CompletableFuture.completedFuture(ByteBuffer.allocate(maxLength));
            }
        };
        CompletionStage<Delivery> sent =
                active.session().send(new OutgoingMessage("msg00001", "text/plain", Map.of(), content, false));
        active.peer().readAndAnswer("200 OK");
        assertThat(active.peer().read().flag()).isEqualTo('#');
        assertThatThrownBy(() -> await(sent))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("disk");
    }

    @Test
    void responsesToUnknownTransactionsAreIgnored() throws Exception {
        Active active = active();
        CompletionStage<Delivery> sent = active.session().send(message("msg00001", "x"));
        Frame frame = active.peer().read();
        active.peer().write(frame.answer("481 Gone").replace(frame.id(), "other000"));
        active.peer().write(frame.answer("200 OK"));
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m26_m29_oneConnectionForTwoSessionsUntilBothAreOver() throws Exception {
        ServerSocket server = server();
        MsrpSession one = endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", address.getPort()),
                List.of(uri(server, "one000000")),
                Role.ACTIVE,
                received,
                SETUP));
        RawPeer peer = accept(server);
        peer.readAndAnswer("200 OK");
        await(one.ready());
        assertThat(one.sharesConnection()).isFalse();
        MsrpSession two = endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", address.getPort()),
                List.of(uri(server, "two000000")),
                Role.ACTIVE,
                received,
                SETUP));
        assertThat(peer.readAndAnswer("200 OK").header("To-Path")).contains("two000000");
        await(two.ready());
        assertThat(one.sharesConnection()).isTrue();
        assertThat(two.sharesConnection()).isTrue();
        one.close();
        await(one.closed());
        CompletionStage<Delivery> sent = two.send(message("msg00001", "x"));
        peer.readAndAnswer("200 OK");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
        assertThat(two.sharesConnection()).isFalse();
        two.close();
        assertThatThrownBy(peer::read).isInstanceOf(EOFException.class);
    }

    @Test
    void m13_sessionsOnOneConnectionTakeTurns() throws Exception {
        Active active = active();
        MsrpSession other = endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", address.getPort()),
                List.of(new MsrpUri(
                        false, "127.0.0.1", active.session().remotePath().get(0).port(), "other0000")),
                Role.ACTIVE,
                received,
                SETUP));
        active.peer().readAndAnswer("200 OK");
        await(other.ready());
        int chunk = MsrpLimits.DEFAULTS.chunkLength();
        active.session().send(message("msg00001", new byte[400 * chunk]));
        other.send(message("msg00002", "small"));
        int before = 0;
        while (!active.peer().readAndAnswer("200 OK").header("Message-ID").equals("msg00002")) {
            before++;
        }
        assertThat(before).isLessThan(390);
    }

    @Test
    void connectionLostLosesWhatHasNoOutcome() throws Exception {
        Active active = active();
        CompletionStage<Delivery> one = active.session().send(message("msg00001", "x"));
        CompletionStage<Delivery> two = active.session().send(message("msg00002", "x"));
        active.peer().readAndAnswer("200 OK");
        assertThat(await(one)).isEqualTo(new Delivery.Confirmed());
        active.peer().close();
        assertThat(await(two)).isInstanceOf(Delivery.Lost.class);
        await(active.session().closed());
        assertThat(await(active.session().send(message("msg00003", "x")))).isInstanceOf(Delivery.Lost.class);
    }

    @Test
    void sessionLostBeforeItIsReadyLosesWhatWaits() throws Exception {
        MsrpSession session = passive(received);
        CompletionStage<Delivery> sent = session.send(message("msg00001", "x"));
        session.close();
        assertThat(await(sent)).isInstanceOf(Delivery.Lost.class);
        assertThatThrownBy(() -> await(session.ready())).hasCauseInstanceOf(MsrpSessionException.class);
        await(session.closed());
    }

    @Test
    void aPassiveSessionSendsOnceItsPeerCame() throws Exception {
        MsrpSession session = passive(received);
        CompletionStage<Delivery> sent = session.send(message("msg00001", "x"));
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00009", "1-0/0", null, '$'));
        Frame frame = peer.read();
        if (frame.startLine().endsWith("200 OK")) {
            frame = peer.read();
        }
        peer.write(frame.answer("200 OK"));
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void m34_messageOverThePeersMaxSizeIsNotSent() throws Exception {
        ServerSocket server = server();
        MsrpSession session = endpoint.open(new MsrpAgreement(
                        endpoint.newUri("127.0.0.1", address.getPort()),
                        List.of(uri(server, "peer0000000")),
                        Role.ACTIVE,
                        received,
                        SETUP)
                .withMaxLength(10));
        CompletionStage<Delivery> sent = session.send(message("msg00001", new byte[11]));
        session.send(message("msg00002", new byte[10]));
        RawPeer peer = accept(server);
        peer.readAndAnswer("200 OK");
        assertThat(peer.readAndAnswer("200 OK").header("Message-ID")).isEqualTo("msg00002");
        assertThat(((Delivery.Refused) await(sent)).status()).isEqualTo(413);
    }

    @Test
    void m20_throughARelayTheSuccessReportCounts() throws Exception {
        Active active = active(RELAY);
        CompletionStage<Delivery> sent = active.session().send(message("msg00001", new byte[10_000]));
        Frame one = active.peer().readAndAnswer("200 OK");
        Frame two = active.peer().readAndAnswer("200 OK");
        assertThat(one.header("Success-Report")).isEqualTo("yes");
        assertThat(one.body()).hasSize(MsrpLimits.DEFAULTS.relayChunkLength());
        assertThat(two.flag()).isEqualTo('$');
        assertThat(one.header("To-Path").split(" ")).hasSize(2);
        report(active, "msg00001", "1-8192/10000", "000 200 OK");
        report(active, "msgother", "1-10000/10000", "000 413 No");
        report(active, "msg00001", "1-10000/10000", "001 413 No");
        assertThat(sent.toCompletableFuture()).isNotDone();
        report(active, "msg00001", "8193-10000/10000", "000 200");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    @Test
    void r09_failureReportOfARelayRefuses() throws Exception {
        Active active = active(RELAY);
        CompletionStage<Delivery> sent = active.session().send(message("msg00001", "x"));
        active.peer().readAndAnswer("200 OK");
        report(active, "msg00001", "1-1/1", "000 408 Next hop is silent");
        assertThat(await(sent)).isEqualTo(new Delivery.Refused(408, "Next hop is silent"));
    }

    private static void report(Active active, String messageId, String range, String status) throws Exception {
        String path = active.first().header("To-Path");
        active.peer()
                .write("MSRP rep00001 REPORT\r\nTo-Path: " + active.session().local() + "\r\nFrom-Path: " + path
                        + "\r\nMessage-ID: " + messageId + "\r\nByte-Range: " + range + "\r\nStatus: " + status
                        + "\r\n-------rep00001$\r\n");
    }

    @Test
    void messageIdStillInUseIsRefused() throws Exception {
        Active active = active();
        CompletionStage<Delivery> one = active.session().send(message("msg00001", "x"));
        CompletionStage<Delivery> two = active.session().send(message("msg00001", "y"));
        assertThatThrownBy(() -> await(two)).hasCauseInstanceOf(IllegalStateException.class);
        active.peer().readAndAnswer("200 OK");
        assertThat(await(one)).isEqualTo(new Delivery.Confirmed());
    }

    /** Some peers break when a SEND comes before they answered the one before it. */
    @Test
    void oneAtATimeTheFirstMessageWaitsForTheAnswerToTheSendWithoutContent() throws Exception {
        try (ServerSocket server = server()) {
            MsrpSession session = endpoint.open(oneAtATime(server));
            CompletionStage<Delivery> sent = session.send(message("msg00001", "x"));
            RawPeer peer = accept(server);
            Frame empty = peer.read();
            assertThat(empty.body()).isNull();
            assertQuiet(peer);

            peer.write(empty.answer("200 OK"));
            assertThat(peer.readAndAnswer("200 OK").body()).isEqualTo("x");
            assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
        }
    }

    @Test
    void oneAtATimeEachChunkWaitsForTheAnswerToTheOneBeforeIt() throws Exception {
        try (ServerSocket server = server()) {
            MsrpSession session = endpoint.open(oneAtATime(server));
            int chunk = MsrpLimits.DEFAULTS.chunkLength();
            session.send(message("msg00001", new byte[2 * chunk]));
            CompletionStage<Delivery> next = session.send(message("msg00002", "x"));
            RawPeer peer = accept(server);
            Frame frame = peer.readAndAnswer("200 OK");
            for (String id : List.of("msg00001", "msg00001", "msg00002")) {
                frame = peer.read();
                assertThat(frame.header("Message-ID")).isEqualTo(id);
                assertQuiet(peer);
                peer.write(frame.answer("200 OK"));
            }
            assertThat(await(next)).isEqualTo(new Delivery.Confirmed());
        }
    }

    @Test
    void oneAtATimeTheEndOfARefusedMessageIsAnsweredBeforeTheNext() throws Exception {
        try (ServerSocket server = server()) {
            MsrpSession session = endpoint.open(oneAtATime(server));
            CompletionStage<Delivery> refused =
                    session.send(message("msg00001", new byte[3 * MsrpLimits.DEFAULTS.chunkLength()]));
            CompletionStage<Delivery> next = session.send(message("msg00002", "x"));
            RawPeer peer = accept(server);
            peer.readAndAnswer("200 OK");
            peer.readAndAnswer("413 No more");
            assertThat(await(refused)).isEqualTo(new Delivery.Refused(413, "No more"));
            Frame end = peer.read();
            assertThat(end.flag()).isEqualTo('#');
            assertQuiet(peer);

            peer.write(end.answer("200 OK"));
            assertThat(peer.readAndAnswer("200 OK").header("Message-ID")).isEqualTo("msg00002");
            assertThat(await(next)).isEqualTo(new Delivery.Confirmed());
        }
    }

    private MsrpAgreement oneAtATime(ServerSocket server) {
        return new MsrpAgreement(
                        endpoint.newUri("127.0.0.1", address.getPort()),
                        List.of(uri(server, "peer0000000")),
                        Role.ACTIVE,
                        received,
                        SETUP)
                .sendingOneAtATime();
    }

    private static void assertQuiet(RawPeer peer) throws IOException {
        assertThat(peer.isQuiet(Duration.ofMillis(200)))
                .as("nothing more comes")
                .isTrue();
    }
}
