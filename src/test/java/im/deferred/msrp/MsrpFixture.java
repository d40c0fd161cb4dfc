package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.msrp.RawPeer.Frame;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An endpoint on loopback and raw peers around it. */
abstract class MsrpFixture {
    static final Duration SETUP = Duration.ofSeconds(20);
    static final String PEER = "msrp://127.0.0.1:9/peer0000000;tcp";

    private final List<AutoCloseable> opened = new ArrayList<>();
    MsrpEndpoint endpoint;
    InetSocketAddress address;
    final Received received = new Received();

    @BeforeEach
    void listen() throws IOException {
        endpoint = own(new MsrpEndpoint(limits()));
        address = endpoint.listen(loopback(0));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    MsrpLimits limits() {
        return MsrpLimits.DEFAULTS;
    }

    <T extends AutoCloseable> T own(T resource) {
        opened.add(resource);
        return resource;
    }

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    static <T> T await(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    static OutgoingMessage message(String id, String text) {
        return message(id, text.getBytes(StandardCharsets.UTF_8));
    }

    static OutgoingMessage message(String id, byte[] content) {
        return new OutgoingMessage(id, "text/plain", Map.of(), MsrpContent.of(content), false);
    }

    ServerSocket server() throws IOException {
        return own(new ServerSocket(0, 10, InetAddress.getLoopbackAddress()));
    }

    static MsrpUri uri(ServerSocket server, String sessionId) {
        return new MsrpUri(false, "127.0.0.1", server.getLocalPort(), sessionId);
    }

    RawPeer accept(ServerSocket server) throws IOException {
        server.setSoTimeout(20_000);
        return own(new RawPeer(server.accept()));
    }

    /** An active session to that server, connected; its SEND without content is answered. */
    record Active(MsrpSession session, RawPeer peer, Frame first) {}

    Active active(String... relays) throws Exception {
        ServerSocket server = server();
        List<MsrpUri> path = new ArrayList<>();
        for (String relay : relays) {
            path.add(uri(server, relay));
        }
        path.add(relays.length == 0 ? uri(server, "peer0000000") : MsrpUri.parse(PEER));
        MsrpSession session = endpoint.open(
                new MsrpAgreement(endpoint.newUri("127.0.0.1", address.getPort()), path, Role.ACTIVE, received, SETUP));
        RawPeer peer = accept(server);
        Frame first = peer.readAndAnswer("200 OK");
        await(session.ready());
        return new Active(session, peer, first);
    }

    /** A passive session whose peer is {@link #PEER}. */
    MsrpSession passive(IncomingHandler handler) {
        return endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", address.getPort()),
                MsrpUri.parsePath(PEER),
                Role.PASSIVE,
                handler,
                SETUP));
    }

    /** A session with a peer of that path. */
    MsrpSession open(Role role, String path) {
        return endpoint.open(new MsrpAgreement(
                endpoint.newUri("127.0.0.1", address.getPort()), MsrpUri.parsePath(path), role, received, SETUP));
    }

    RawPeer connect() throws IOException {
        return own(RawPeer.connect(address));
    }

    /** A connection with a session on it. */
    RawPeer bound(MsrpSession session) throws IOException {
        RawPeer peer = connect();
        peer.write(send(session, "tid00000", "msg00000", "1-0/0", null, '$'));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00000 200 OK");
        return peer;
    }

    /** By an end or, where the peer has sent more than was read, by a reset. */
    static void assertCut(RawPeer peer) {
        assertThatThrownBy(peer::read).isInstanceOfAny(EOFException.class, SocketException.class);
    }

    /** A request of that peer's to the session; headers each with their line end, no body when null. */
    static String request(MsrpSession session, String id, String method, String headers, String body, char flag) {
        return "MSRP " + id + " " + method + "\r\nTo-Path: " + session.local() + "\r\nFrom-Path: " + PEER + "\r\n"
                + headers + (body == null ? "" : "\r\n" + body + "\r\n") + "-------" + id + flag + "\r\n";
    }

    static String send(MsrpSession session, String id, String messageId, String range, String body, char flag) {
        String mime = body == null ? "" : "Content-Type: text/plain\r\n";
        return request(
                session,
                id,
                "SEND",
                "Message-ID: " + messageId + "\r\nByte-Range: " + range + "\r\n" + mime,
                body,
                flag);
    }
}
