package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that send too much, or what is no MSRP, or come too often: each is answered where it can be, and cut; nobody else notices. */
class HostileInputTest extends MsrpFixture {
    private static final int MAX_CHUNK = 100_000;
    private static final int MAX_UNWANTED = 4 << 20;
    private static final int MAX_PER_ADDRESS = 5;

    @Override
    MsrpLimits limits() {
        return MsrpLimits.builder()
                .maxChunkLength(MAX_CHUNK)
                .maxConnectionsPerAddress(MAX_PER_ADDRESS)
                .build();
    }

    @ParameterizedTest
    @MethodSource("overlongHeads")
    void m22_aHeadOverTheLimitsIs400AndCutsTheConnection(String headers) throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = bound(session);
        peer.write(request(session, "tid00001", "SEND", headers, null, '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 400 Bad request");
        assertCut(peer);
        await(session.closed());
    }

    static Stream<String> overlongHeads() {
        return Stream.of(
                "X: " + "x".repeat(8192) + "\r\n",
                ("X: " + "x".repeat(8000) + "\r\n").repeat(5),
                "X: x\r\n".repeat(63));
    }

    @ParameterizedTest
    @ValueSource(strings = {"REPORT", "SEND"})
    void m18_whatIsNeverAnsweredIsCutWithoutAnAnswer(String method) throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = bound(session);
        peer.write(request(session, "tid00001", method, "Failure-Report: no\r\n" + "X: x\r\n".repeat(63), null, '$'));
        assertCut(peer);
    }

    @Test
    void m22_aChunkOverTheLimitIs413AtOnceAndFourMegabytesLaterCut() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = bound(session);
        String whole = send(session, "tid00001", "msg00001", "1-*/*", "x".repeat(MAX_CHUNK + 1), '$');
        peer.write(whole.substring(0, whole.lastIndexOf("\r\n-------")));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 413 Chunk too large");
        peer.write("x".repeat(MAX_UNWANTED + 1));
        assertCut(peer);
        await(session.closed());
    }

    @Test
    void aPeerThatHeedsThe413GoesOn() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = bound(session);
        String body = "x".repeat(MAX_CHUNK + 1 + MAX_UNWANTED);
        peer.write(send(session, "tid00001", "msg00001", "1-*/*", body, '#'));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 413");
        peer.write(send(session, "tid00002", "msg00002", "1-*/" + MAX_CHUNK, "x".repeat(MAX_CHUNK), '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
    }

    @Test
    void contentForNobodyHasAnEndToo() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = bound(session);
        String whole = request(session, "tid00001", "WHAT", "Content-Type: a/b\r\n", "x", '$');
        peer.write(whole.substring(0, whole.lastIndexOf("\r\n-------")));
        peer.write("x".repeat(MAX_CHUNK + MAX_UNWANTED));
        assertCut(peer);
    }

    @Test
    void m30_connectionsOverTheLimitOfTheirAddressAreClosed() throws Exception {
        MsrpSession session = passive(received);
        RawPeer first = bound(session);
        for (int i = 1; i < MAX_PER_ADDRESS; i++) {
            bound(passive(received));
        }
        assertCut(connect());
        first.write(send(session, "tid00001", "msg00001", "1-5/5", "hello", '$'));
        assertThat(first.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        first.close();
        await(session.closed());
        bound(passive(received));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n\r\n",
                "\0\0\0\0\0\0",
                "MSRP tid00001 SEND\r\nTo-Path: x\r\nFrom-Path: y\r\n-------tid00001$\r\n",
                "MSRP tid00001 SEND\r\nTo-Path: msrp://a;tcp\r\nFrom-Path: msrp://b;tcp\r\nX: \0\r\n-------tid00001$\r\n",
                "MSRP tid00001 200 OK\r\n-------tid00001$\r\n",
                "MSRP tid00001 SEND\r\n\r\n\r\n"
            })
    void nothingElseNotices(String hostile) throws Exception {
        MsrpSession session = passive(received);
        RawPeer good = bound(session);
        Active active = active();
        RawPeer bad = connect();
        bad.write(hostile.repeat(1 + 20_000 / hostile.length()));
        bad.write(send(session, "tid00002", "msg00002", "1-0/0", null, '$').replace("peer0000000", "somebodyelse"));
        readUntilCutOr(bad, "MSRP tid00002 481 No such session");
        good.write(send(session, "tid00001", "msg00001", "1-5/5", "hello", '$'));
        assertThat(good.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        var sent = active.session().send(message("msg00002", "x"));
        active.peer().readAndAnswer("200 OK");
        assertThat(await(sent)).isEqualTo(new Delivery.Confirmed());
    }

    private static void readUntilCutOr(RawPeer peer, String startLine) throws IOException {
        try {
            for (String line = ""; !line.equals(startLine); line = peer.read().startLine()) {
                assertThat(line).doesNotContain(" 200");
            }
        } catch (EOFException | SocketException cut) {
            assertThatThrownBy(peer::read).isInstanceOf(IOException.class);
        }
    }
}
