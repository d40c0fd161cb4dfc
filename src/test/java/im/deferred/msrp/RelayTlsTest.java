package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.RawPeer.Frame;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A relay as it is in the world: who authenticates does so over TLS, and speaks to peers with and without it. */
class RelayTlsTest extends RelayFixture {
    private static final String SECURE_ALICE = "msrps://127.0.0.1:9/alice0000000;tcp";

    @TempDir
    Path folder;

    private Identity identity;
    private InetSocketAddress tlsAddress;

    @Override
    boolean authOverTcp() {
        return false;
    }

    @Override
    String listenForClients() throws Exception {
        identity = Identity.of(folder, "127.0.0.1");
        tlsAddress = endpoint.listen(loopback(0), identity.tls());
        return "msrps://127.0.0.1:" + tlsAddress.getPort() + ";tcp";
    }

    private RawPeer connectOverTls() throws Exception {
        X509Certificate certificate = identity.certificate();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("relay", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return own(new RawPeer(context.getSocketFactory().createSocket(tlsAddress.getAddress(), tlsAddress.getPort())));
    }

    @Test
    void r01_authOverBareTcpIsRefused() throws Exception {
        RawPeer peer = connect();
        Frame answer = auth(peer, "msrp://127.0.0.1:" + address.getPort() + ";tcp", ALICE, "");
        assertThat(answer.startLine()).contains(" 403");
        assertThat(answer.header("WWW-Authenticate")).isNull();
    }

    @Test
    void r01_authOverTlsAndMessagesToAPeerWithoutIt() throws Exception {
        RawPeer alice = connectOverTls();
        String granted = granted(alice, "alice", "secret", relay, SECURE_ALICE, "");
        assertThat(granted).startsWith("msrps://127.0.0.1:" + tlsAddress.getPort() + "/");
        Far far = new Far();
        alice.write(send("tid00001", granted + " " + far.uri, SECURE_ALICE, "msg00001", "", "hello"));
        assertThat(alice.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        Frame frame = far.read();
        assertThat(frame.header("From-Path")).isEqualTo(granted + " " + SECURE_ALICE);
        far.peer.write(send("tid00002", frame.header("From-Path"), far.uri, "msg00002", "", "back"));
        assertThat(far.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        assertThat(alice.read().body()).isEqualTo("back");
    }
}
