package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import im.deferred.msrp.RawPeer.Frame;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer gets back for what it sends, octet by octet. */
class MsrpReceivingTest extends MsrpFixture {
    private Received.Message next() throws InterruptedException {
        return received.messages.poll(10, TimeUnit.SECONDS);
    }

    @Test
    void m16_responseOnTheSameConnectionToTheFirstUri() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-5/5", "hello", '$'));
        assertThat(peer.read().text())
                .isEqualTo("MSRP tid00001 200 OK\r\nTo-Path: " + PEER + "\r\nFrom-Path: " + session.local()
                        + "\r\n-------tid00001$\r\n");
        assertThat(next().content()).asString().isEqualTo("hello");
        await(session.ready());
    }

    @Test
    void m07_emptySendBindsAndIsAnswered() throws Exception {
        MsrpSession session = passive(IncomingHandler.REFUSE_ALL);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-0/0", null, '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        await(session.ready());
    }

    @Test
    void m07_contentWithoutTypeIs400() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(request(session, "tid00001", "SEND", "Message-ID: msg00001\r\n", "hello", '$'));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 400");
    }

    @Test
    void emptyMessageIsAMessage() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-0/0", "", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        assertThat(next().content()).isEmpty();
    }

    @Test
    void m08_chunksWithOneMessageId() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-*/11", "hello ", '+'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        peer.write(send(session, "tid00002", "msg00001", "7-11/11", "world", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(next().content()).asString().isEqualTo("hello world");
    }

    @Test
    void m11_chunksOutOfOrder() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00002", "msg00001", "7-11/11", "world", '$'));
        peer.read();
        assertThat(received.messages).isEmpty();
        peer.write(send(session, "tid00001", "msg00001", "1-6/11", "hello ", '+'));
        peer.read();
        assertThat(next().content()).asString().isEqualTo("hello world");
    }

    @Test
    void m12_abortedMessageIsDropped() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-*/11", "hello ", '+'));
        peer.read();
        peer.write(send(session, "tid00002", "msg00001", "7-*/11", null, '#'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(received.aborted.poll(10, TimeUnit.SECONDS)).contains("aborted");
        assertThat(received.messages).isEmpty();
    }

    @Test
    void m13_messagesOfOneSessionMayInterleave() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msgAAAAA", "1-3/6", "aaa", '+')
                + send(session, "tid00002", "msgBBBBB", "1-3/6", "bbb", '+')
                + send(session, "tid00003", "msgAAAAA", "4-6/6", "AAA", '$')
                + send(session, "tid00004", "msgBBBBB", "4-6/6", "BBB", '$'));
        for (int i = 1; i <= 4; i++) {
            assertThat(peer.read().startLine()).isEqualTo("MSRP tid0000" + i + " 200 OK");
        }
        assertThat(next().content()).asString().isEqualTo("aaaAAA");
        assertThat(next().content()).asString().isEqualTo("bbbBBB");
    }

    @ParameterizedTest
    @CsvSource({
        "no, text/plain, -",
        "no, image/png, -",
        "partial, text/plain, -",
        "partial, image/png, 415",
        "yes, text/plain, 200",
        "yes, image/png, 415"
    })
    void m15_failureReportSaysWhatIsAnswered(String failureReport, String type, String status) throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(request(
                session,
                "tid00001",
                "SEND",
                "Message-ID: msg00001\r\nFailure-Report: " + failureReport + "\r\nContent-Type: " + type + "\r\n",
                "x",
                '$'));
        peer.write(send(session, "tid00002", "msg00002", "1-1/1", "x", '$'));
        if (!status.equals("-")) {
            assertThat(peer.read().startLine()).startsWith("MSRP tid00001 " + status);
        }
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
    }

    @Test
    void m18_reportIsNeverAnswered() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        String nobody = request(session, "tid00003", "REPORT", "Message-ID: x\r\n", null, '$')
                .replace(session.local().sessionId(), "nobody000000");
        peer.write(send(session, "tid00001", "msg00001", "1-0/0", null, '$')
                + request(session, "tid00002", "REPORT", "Message-ID: msg00009\r\nStatus: 000 200 OK\r\n", null, '$')
                + request(session, "tid00004", "REPORT", "Message ID: bad\r\n", null, '$')
                + nobody
                + send(session, "tid00005", "msg00002", "1-0/0", null, '$'));
        assertThat(peer.read().id()).isEqualTo("tid00001");
        assertThat(peer.read().id()).isEqualTo("tid00005");
    }

    @Test
    void m20_successReportWhenTheMessageIsWhole() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        String headers = "Message-ID: msg00001\r\nSuccess-Report: yes\r\nContent-Type: text/plain\r\n";
        peer.write(request(session, "tid00001", "SEND", headers + "X: y\r\n", "hello", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        Frame report = peer.read();
        assertThat(report.startLine()).endsWith(" REPORT");
        assertThat(report.header("To-Path")).isEqualTo(PEER);
        assertThat(report.header("From-Path")).isEqualTo(session.local().toString());
        assertThat(report.header("Message-ID")).isEqualTo("msg00001");
        assertThat(report.header("Byte-Range")).isEqualTo("1-5/5");
        assertThat(report.header("Status")).isEqualTo("000 200 OK");
        assertThat(report.header("Success-Report")).isNull();
        peer.write(report.answer("200 OK")); // some peers do; it is ignored
        peer.write(send(session, "tid00002", "msg00002", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
    }

    @Test
    void m22_unknownMethodIs501() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(request(session, "tid00001", "NICKNAME", "", null, '$'));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 501");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Message ID: x",
                "Byte-Range: 0-5/5\r\nMessage-ID: msg00001",
                "X-No: id",
                "Message-ID: msg00001\r\nByte-Range: five"
            })
    void m22_unintelligibleSendIs400(String headers) throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(request(session, "tid00001", "SEND", headers + "\r\nContent-Type: a/b\r\n", "hello", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 400 Bad request");
        peer.write(send(session, "tid00002", "msg00002", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(received.messages).hasSize(1);
    }

    @Test
    void frameThatCannotBeFramedCutsTheConnection() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-0/0", null, '$'));
        peer.read();
        peer.write("GET / HTTP/1.1\r\n\r\n");
        assertThatThrownBy(peer::read).isInstanceOf(EOFException.class);
        await(session.closed());
    }

    @Test
    void lineOverTheLimitCutsTheConnection() throws Exception {
        RawPeer peer = connect();
        peer.write("MSRP tid00001 SEND\r\nTo-Path: " + "x".repeat(9000));
        assertThatThrownBy(peer::read).isInstanceOf(EOFException.class);
    }

    @Test
    void m22_unknownSessionIs481() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-1/1", "x", '$')
                .replace(session.local().sessionId(), "nobody000000"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 481 No such session");
    }

    @Test
    void m28_anotherFromPathIs481() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-1/1", "x", '$').replace("peer0000000", "peer0000001"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 481 No such session");
    }

    @Test
    void m27_aPeerQuickerThanItsAnswerWaitsForIt() throws Exception {
        MsrpUri local = endpoint.offer(false, "127.0.0.1", address.getPort());
        RawPeer peer = connect();
        peer.write(early(local));
        awaitWaiting(local);
        endpoint.open(new MsrpAgreement(local, MsrpUri.parsePath(PEER), Role.PASSIVE, received, SETUP));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        assertThat(received.messages).hasSize(1);
    }

    @Test
    void m27_theRequestThatBringsTheConnectionIsAnsweredFirst() throws Exception {
        MsrpSession session = passive(received);
        session.send(message("msg00001", "waits for the connection"));

        RawPeer peer = bound(session);

        assertThat(peer.read().header("Message-ID")).isEqualTo("msg00001");
    }

    @Test
    void m22_anOfferThatIsWithdrawnIs481() throws Exception {
        MsrpUri local = endpoint.offer(false, "127.0.0.1", address.getPort());
        RawPeer peer = connect();
        peer.write(early(local));
        awaitWaiting(local);
        endpoint.withdraw(local);
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 481 No such session");
    }

    private static String early(MsrpUri local) {
        return "MSRP tid00001 SEND\r\nTo-Path: " + local + "\r\nFrom-Path: " + PEER
                + "\r\nMessage-ID: msg00001\r\nByte-Range: 1-1/1\r\nContent-Type: text/plain\r\n\r\nx\r\n-------tid00001$\r\n";
    }

    /** Until the endpoint has read a request for the offered session and holds it back. */
    private void awaitWaiting(MsrpUri local) {
        CompletableFuture<Void> offer =
                endpoint.offered(new Route(local.toString(), PEER)).toCompletableFuture();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            while (offer.getNumberOfDependents() == 0) {
                Thread.onSpinWait();
            }
        });
    }

    @Test
    void m28_sessionOfAnotherConnectionIs506() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-0/0", null, '$'));
        peer.read();
        RawPeer other = connect();
        other.write(send(session, "tid00002", "msg00002", "1-1/1", "x", '$'));
        assertThat(other.read().startLine()).startsWith("MSRP tid00002 506");
        peer.write(send(session, "tid00003", "msg00003", "1-1/1", "y", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00003 200 OK");
        assertThat(received.messages).hasSize(1);
    }

    @Test
    void m35_sendOnlySessionRefusesContentWith403() throws Exception {
        MsrpSession session = passive(IncomingHandler.REFUSE_ALL);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 403");
    }

    @Test
    void refusedMessageStaysRefused() throws Exception {
        MsrpSession session = passive(IncomingHandler.REFUSE_ALL);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-*/3", "x", '+')
                + send(session, "tid00002", "msg00001", "2-*/3", "y", '+')
                + send(session, "tid00003", "msg00001", "3-3/3", "z", '$'));
        for (int i = 1; i <= 3; i++) {
            assertThat(peer.read().startLine()).startsWith("MSRP tid0000" + i + " 403");
        }
    }

    @Test
    void messageOverTheLimitIs413AtOnce() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        String whole = send(session, "tid00001", "msg00001", "1-*/2000000000", "x".repeat(1000), '$');
        peer.write(whole.substring(0, whole.length() - 100));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 413");
    }

    @Test
    void tooManyOpenMessagesAre413() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        int most = MsrpLimits.DEFAULTS.maxOpenMessages();
        for (int i = 0; i < most; i++) {
            peer.write(send(session, "tid" + (1000 + i), "msg" + (1000 + i), "1-*/3", "x", '+'));
            assertThat(peer.read().startLine()).endsWith("200 OK");
        }
        peer.write(send(session, "tid09999", "msg09999", "1-*/3", "x", '+'));
        assertThat(peer.read().startLine()).startsWith("MSRP tid09999 413");
    }

    @Test
    void theLast200WaitsForTheSink() throws Exception {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        MsrpSession session = passive(message -> new Slow(CompletableFuture.completedFuture(null), stored));
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-1/2", "x", '+')
                + send(session, "tid00002", "msg00001", "2-2/2", "y", '$')
                + send(session, "tid00003", "msg00003", "1-0/0", null, '$'));
        assertThat(peer.read().id()).isEqualTo("tid00001");
        assertThat(peer.read().id()).isEqualTo("tid00003");
        stored.complete(null);
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
    }

    @Test
    void whatTheSinkRefusesAtTheEndIsRefused() throws Exception {
        MsrpSession session = passive(message -> new Slow(
                CompletableFuture.completedFuture(null), CompletableFuture.failedFuture(new MsrpRefusal(480, "Full"))));
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 480 Full");
    }

    @Test
    void aSinkThatFailsIs413() throws Exception {
        MsrpSession session = passive(message ->
                new Slow(CompletableFuture.failedFuture(new IllegalStateException("disk")), new CompletableFuture<>()));
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-1/1", "x", '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 413 Not taken");
    }

    @Test
    void aBusySinkHoldsTheConnectionBack() throws Exception {
        CompletableFuture<Void> written = new CompletableFuture<>();
        Slow sink = new Slow(written, CompletableFuture.completedFuture(null));
        MsrpSession session = passive(message -> sink);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-1/2", "x", '+')
                + send(session, "tid00002", "msg00001", "2-2/2", "y", '$'));
        assertThat(sink.pieces.poll(10, TimeUnit.SECONDS)).isEqualTo("x");
        assertThat(sink.pieces.poll(100, TimeUnit.MILLISECONDS)).isNull();
        written.complete(null);
        assertThat(sink.pieces.poll(10, TimeUnit.SECONDS)).isEqualTo("y");
        assertThat(peer.read().id()).isEqualTo("tid00001");
        assertThat(peer.read().id()).isEqualTo("tid00002");
    }

    @Test
    void connectionLostInTheMiddleAbortsTheMessage() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        String whole = send(session, "tid00001", "msg00001", "1-*/1000", "x".repeat(1000), '$');
        peer.write(send(session, "tid00000", "msg00000", "1-*/9", "x", '+') + whole.substring(0, whole.length() - 100));
        peer.read();
        peer.close();
        await(session.closed());
        assertThat(received.aborted).hasSize(2);
        assertThat(received.messages).isEmpty();
    }

    /** Takes pieces and completes as it is told. */
    private static final class Slow implements IncomingSink {
        final BlockingQueue<String> pieces = new LinkedBlockingQueue<>();
        private final CompletionStage<Void> written;
        private final CompletionStage<Void> completed;

        Slow(CompletionStage<Void> written, CompletionStage<Void> completed) {
            this.written = written;
            this.completed = completed;
        }

        @Override
        public CompletionStage<Void> write(long offset, ByteBuffer bytes) {
            pieces.add(StandardCharsets.UTF_8.decode(bytes).toString());
            return written;
        }

        @Override
        public CompletionStage<Void> complete(long length) {
            return completed;
        }

        @Override
        public void abort(String reason) {
            pieces.add(reason);
        }
    }
}
