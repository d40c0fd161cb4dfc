package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Something between the ends has its own address in the media lines, and may have it in the paths too (RFC 6714). */
class MsrpCemaTest extends MsrpFixture {
    /** Nobody is there. */
    private static final String FAR = "msrp://192.0.2.77:7/peer0000000;tcp";

    private MsrpSession open(Role role, String path, Optional<InetSocketAddress> connectAddress) {
        return endpoint.open(new MsrpAgreement(
                        endpoint.newUri("127.0.0.1", address.getPort()), MsrpUri.parsePath(path), role, received, SETUP)
                .withCema(connectAddress));
    }

    @Test
    void m37_connectsToTheAddressOfTheMediaLines() throws Exception {
        ServerSocket anchor = server();
        MsrpSession session = open(
                Role.ACTIVE, FAR, Optional.of(InetSocketAddress.createUnresolved("localhost", anchor.getLocalPort())));
        RawPeer peer = accept(anchor);
        RawPeer.Frame first = peer.readAndAnswer("200 OK");
        assertThat(first.header("To-Path")).isEqualTo(FAR);
        assertThat(first.header("From-Path")).isEqualTo(session.local().toString());
        await(session.ready());
    }

    @Test
    void m37_withoutOneConnectsToThePath() throws Exception {
        ServerSocket server = server();
        MsrpSession session = open(Role.ACTIVE, uri(server, "peer0000000").toString(), Optional.empty());
        accept(server).readAndAnswer("200 OK");
        await(session.ready());
    }

    @Test
    void m37_thePeerIsKnownByItsSessionIdAlone() throws Exception {
        MsrpSession session = open(Role.PASSIVE, FAR, Optional.empty());
        RawPeer peer = connect();
        String send = send(session, "tid00001", "msg00001", "1-5/5", "hello", '$'); // from PEER: another host and port
        peer.write(send.replace("127.0.0.1:" + address.getPort(), "198.51.100.1:1"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        assertThat(received.messages.take().content()).asString().isEqualTo("hello");
    }

    @Test
    void m28_m37_anotherSessionIdIsAnotherSession() throws Exception {
        MsrpSession session = open(Role.PASSIVE, FAR, Optional.empty());
        RawPeer peer = connect();
        String send = send(session, "tid00001", "msg00001", "1-5/5", "hello", '$');
        peer.write(send.replace("peer0000000", "peer0000001"));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 481");
        peer.write(
                send.replace(session.local().sessionId(), "X" + session.local().sessionId()));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 481");
        assertThat(received.messages).isEmpty();
    }

    @Test
    void m28_m37_withoutCemaThePeerIsKnownByItsPath() throws Exception {
        MsrpSession session = passive(received);
        RawPeer peer = connect();
        peer.write(send(session, "tid00001", "msg00001", "1-5/5", "hello", '$').replace(PEER, FAR));
        assertThat(peer.read().startLine()).startsWith("MSRP tid00001 481");
    }
}
