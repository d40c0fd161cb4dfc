package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers with self-signed certificates that the SDP vouches for (RFC 4975 §14.4), as what connects and as what is connected to. */
class MsrpFingerprintTest extends MsrpFixture {
    private static final String SECURE_PEER = PEER.replace("msrp:", "msrps:");

    private static Identity ours;
    private static Identity theirs;
    private static Identity mallory;

    private InetSocketAddress tlsAddress;
    private MsrpEndpoint peer;
    private InetSocketAddress peerAddress;

    @BeforeAll
    static void makeCertificates(@TempDir Path folder) throws Exception {
        ours = Identity.of(folder, "192.0.2.1");
        theirs = Identity.of(folder, "192.0.2.2");
        mallory = Identity.of(folder, "127.0.0.1");
    }

    @BeforeEach
    void listenOverTls() throws IOException {
        endpoint = own(new MsrpEndpoint(limits(), 1, ours.tls()));
        address = endpoint.listen(loopback(0));
        tlsAddress = endpoint.listen(loopback(0), ours.tls());
        peer = own(new MsrpEndpoint(MsrpLimits.DEFAULTS, 1, theirs.tls()));
        peerAddress = peer.listen(loopback(0), theirs.tls());
    }

    /** An active session of ours to that one's passive session, each told of one certificate. */
    private MsrpSession active(Set<Fingerprint> ofPeer, Set<Fingerprint> ofUs) {
        MsrpUri mine = endpoint.newUri(true, "127.0.0.1", 9);
        MsrpUri yours = peer.newUri(true, "127.0.0.1", peerAddress.getPort());
        peer.open(new MsrpAgreement(yours, List.of(mine), Role.PASSIVE, received, SETUP).withFingerprints(ofUs));
        return endpoint.open(
                new MsrpAgreement(mine, List.of(yours), Role.ACTIVE, received, SETUP).withFingerprints(ofPeer));
    }

    /** A passive session of ours for a peer with one of these certificates. */
    private MsrpSession awaiting(Set<Fingerprint> ofPeer) {
        MsrpUri mine = endpoint.newUri(true, "127.0.0.1", tlsAddress.getPort());
        return endpoint.open(new MsrpAgreement(mine, MsrpUri.parsePath(SECURE_PEER), Role.PASSIVE, received, SETUP)
                .withFingerprints(ofPeer));
    }

    private static String secureSend(MsrpSession session) {
        return send(session, "tid00001", "msg00001", "1-5/5", "hello", '$').replace(PEER, SECURE_PEER);
    }

    private RawPeer connect(Identity shown) throws Exception {
        return own(new RawPeer(Identity.believing(shown)
                .getSocketFactory()
                .createSocket(tlsAddress.getAddress(), tlsAddress.getPort())));
    }

    @Test
    void m38_theRightCertificatesOnBothEnds() throws Exception {
        MsrpSession session = active(theirs.fingerprints(), ours.fingerprints());
        assertThat(await(session.send(message("msg00001", "hello")))).isEqualTo(new Delivery.Confirmed());
        assertThat(received.messages.remove().content()).asString().isEqualTo("hello");
    }

    @Test
    void m38_aServerWithAnotherCertificateIsToldNothing() throws Exception {
        MsrpSession session = active(mallory.fingerprints(), Set.of());
        assertThatThrownBy(() -> await(session.ready()))
                .hasCauseInstanceOf(MsrpSessionException.class)
                .hasMessageContaining("fingerprint");
        await(session.closed());
        assertThat(received.messages).isEmpty();
    }

    @Test
    void m38_ourOwnCertificateIsCheckedToo() throws Exception {
        MsrpSession session = active(theirs.fingerprints(), mallory.fingerprints());
        await(session.closed());
        assertThat(received.messages).isEmpty();
    }

    @Test
    void m38_aClientWithTheRightCertificateIsAnswered() throws Exception {
        MsrpSession session =
                awaiting(Set.of(Fingerprint.of(mallory.certificate()), Fingerprint.of(theirs.certificate())));
        RawPeer client = connect(theirs);
        client.write(secureSend(session));
        assertThat(client.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        assertThat(received.messages.take().content()).asString().isEqualTo("hello");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void m38_aClientWithAnotherCertificateOrNoneGetsNoAnswer(boolean another) throws Exception {
        MsrpSession session = awaiting(theirs.fingerprints());
        RawPeer client = connect(another ? mallory : null);
        client.write(secureSend(session));
        assertThat(client.isCut()).isTrue();
        assertThat(received.messages).isEmpty();
        assertThat(session.ready().toCompletableFuture()).isNotDone();

        RawPeer right = connect(theirs);
        right.write(secureSend(session));
        assertThat(right.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
    }

    @Test
    void m38_aSecureSessionIsNotServedInTheClear() throws Exception {
        MsrpSession session = awaiting(Set.of());
        RawPeer client = connect();
        client.write(secureSend(session));
        assertThat(client.isCut()).isTrue();
        assertThat(received.messages).isEmpty();
    }

    @Test
    void m38_norOneInTheClearOverTls() throws Exception {
        MsrpSession session = passive(received);
        RawPeer client = connect(theirs);
        client.write(send(session, "tid00001", "msg00001", "1-5/5", "hello", '$'));
        assertThat(client.isCut()).isTrue();
        assertThat(received.messages).isEmpty();
    }

    @Test
    void m26_m38_aConnectionIsSharedWithinOneTrustOnly() throws Exception {
        ServerSocket server = own(Identity.believing(theirs)
                .getServerSocketFactory()
                .createServerSocket(0, 10, loopback(0).getAddress()));
        Set<Fingerprint> either = Set.of(Fingerprint.of(theirs.certificate()), Fingerprint.of(mallory.certificate()));
        connect(server, "one000000", theirs.fingerprints());
        connect(server, "two000000", theirs.fingerprints());
        RawPeer first = accept(server);
        assertThat(Set.of(
                        first.readAndAnswer("200 OK").header("To-Path"),
                        first.readAndAnswer("200 OK").header("To-Path")))
                .isEqualTo(Set.of(secure(server, "one000000"), secure(server, "two000000")));

        connect(server, "three0000", either);
        RawPeer second = accept(server);
        assertThat(second.readAndAnswer("200 OK").header("To-Path")).isEqualTo(secure(server, "three0000"));

        MsrpSession byName = connect(server, "four00000", Set.of());
        RawPeer third = accept(server);
        assertThat(third.isCut()).isTrue();
        assertThatThrownBy(() -> await(byName.ready())).hasCauseInstanceOf(MsrpSessionException.class);
    }

    private MsrpSession connect(ServerSocket server, String sessionId, Set<Fingerprint> ofPeer) {
        return endpoint.open(new MsrpAgreement(
                        endpoint.newUri(true, "127.0.0.1", 9),
                        MsrpUri.parsePath(secure(server, sessionId)),
                        Role.ACTIVE,
                        received,
                        SETUP)
                .withFingerprints(ofPeer));
    }

    private static String secure(ServerSocket server, String sessionId) {
        return "msrps://127.0.0.1:" + server.getLocalPort() + "/" + sessionId + ";tcp";
    }
}
