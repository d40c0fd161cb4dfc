package im.deferred.it;

import static im.deferred.it.Scene.SOON;

import im.deferred.lab.ForeignCore;
import im.deferred.lab.InviteAnswer;
import im.deferred.lab.Trace;
import im.deferred.lab.User;
import im.deferred.msrp.RawPeer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Clock;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** A user of Kamailio where its README has it listen, who writes to himself while he is away, and then registers. */
final class KamailioUser {

    private static final String MSRP = "msrps://127.0.0.1:%d/secureclient00;tcp";

    private KamailioUser() {}

    /**
     * Exit code 0 if the message is pushed, and the session over.
     *
     * @param arguments the user's name, his password and, for MSRP over TLS, the directory with his key and his authority
     */
    public static void main(String[] arguments) throws Exception {
        try (ForeignCore core =
                        new ForeignCore(new InetSocketAddress("127.0.0.1", 5060), new Trace(Clock.systemUTC()));
                User user = new User(core, "sip:" + arguments[0] + "@example.test").password(arguments[1])) {
            require(200, user.request(Requests.options(core.uri())).status()); // sent until it is there to answer
            require(202, user.write(user.aor()).text("to myself").send().status());
            if (arguments.length < 3) {
                user.register();
                require(
                        "to myself",
                        user.awaitMessages(1, SOON).get(0).encapsulated().text());
            } else {
                takeOverTls(user, Path.of(arguments[2]));
            }
            System.out.println("pushed to " + user.aor());
        }
    }

    /** No fingerprint stands in the answer: the certificate says which host it is. */
    private static void takeOverTls(User user, Path keys) throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (SSLServerSocket listener =
                (SSLServerSocket) context(keys).getServerSocketFactory().createServerSocket(0, 1, loopback)) {
            listener.setNeedClientAuth(true);
            listener.setSoTimeout((int) SOON.toMillis());
            int port = listener.getLocalPort();
            user.answerWith(InviteAnswer.accept()
                    .setup("passive")
                    .sdp(sdp -> sdp.replaceFirst("m=message .*", "m=message " + port + " TCP/TLS/MSRP *")
                            .replaceFirst("a=path:.*", "a=path:" + MSRP.formatted(port))));
            user.register();
            try (SSLSocket socket = (SSLSocket) listener.accept();
                    RawPeer peer = new RawPeer(socket)) {
                RawPeer.Frame frame = peer.readAndAnswer("200 OK");
                while (frame.body() == null) {
                    frame = peer.readAndAnswer("200 OK"); // the first one only says who it is
                }
                require(true, frame.body().endsWith("\r\n\r\nto myself"));
                user.awaitBye(SOON);
            }
        }
    }

    private static SSLContext context(Path directory) throws IOException, GeneralSecurityException {
        char[] password = Files.readString(directory.resolve("password")).trim().toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(load(directory.resolve("client.p12"), password), password);
        TrustManagerFactory authorities = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        authorities.init(load(directory.resolve("trust.p12"), password));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), authorities.getTrustManagers(), null);
        return context;
    }

    private static KeyStore load(Path file, char[] password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password);
        }
        return store;
    }

    private static void require(Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new AssertionError("expected " + expected + ", found " + found);
        }
    }
}
