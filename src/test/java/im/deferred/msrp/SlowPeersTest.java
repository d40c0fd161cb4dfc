package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Peers that send nothing, or half a frame, or do not read, while the times for that are short. */
class SlowPeersTest extends MsrpFixture {
    @Override
    MsrpLimits limits() {
        return MsrpLimits.builder()
                .firstRequestTimeout(Duration.ofSeconds(5))
                .frameTimeout(Duration.ofMillis(500))
                .writeTimeout(Duration.ofSeconds(1))
                .build();
    }

    @Test
    void m30_aPeerThatDoesNotFinishTheHandshakeIsCut(@TempDir Path folder) throws Exception {
        address = endpoint.listen(loopback(0), Identity.of(folder, "127.0.0.1").tls());
        assertCut(connect());
    }

    @Test
    void m22_aSendThatStopsIs408AndCut() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = bound(session);
        String whole = send(session, "tid00001", "msg00001", "1-*/*", "hello", '$');
        peer.write(whole.substring(0, whole.length() - 1));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 408 Not sent in time");
        assertCut(peer);
        assertThat(received.aborted.take()).isNotEmpty();
    }

    @Test
    void aHeadThatStopsIsCut() throws Exception {
        RawPeer peer = bound(passive(received));
        peer.write("MSRP tid00001 SE");
        assertCut(peer);
    }

    @Test
    void m30_requestsForNobodyDoNotKeepAConnection() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-0/0", null, '$').replace("peer0000000", "somebodyelse"));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 481");
        assertCut(peer);
    }

    /** Nothing is waited for here but that responses are read. */
    @Test
    void aPeerThatDoesNotReadItsResponsesIsCut() throws Exception {
        String longPath = PEER.replace("peer0000000", "p".repeat(4000));
        MsrpSession session = endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", address.getPort()),
                MsrpUri.parsePath(longPath),
                Role.PASSIVE,
                received,
                SETUP));
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(address);
            byte[] requests = send(session, "tid00001", "msg00001", "1-0/0", null, '$')
                    .replace(PEER, longPath)
                    .repeat(100)
                    .getBytes(StandardCharsets.US_ASCII);
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> writeUntilCut(socket, requests));
            await(session.closed());
            await(writing);
        }
    }

    private static void writeUntilCut(Socket socket, byte[] octets) {
        assertThatThrownBy(() -> {
                    for (int times = 0; times < 1000; times++) {
                        socket.getOutputStream().write(octets);
                    }
                })
                .isInstanceOf(IOException.class);
    }
}
