package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.RawPeer.Frame;
import im.deferred.msrp.auth.Credentials;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;

/** A relay on loopback; clients and peers around it speak octet by octet, and compute their digests themselves. */
abstract class RelayFixture extends MsrpFixture {
    static final String REALM = "example.test";
    static final String ALICE = "msrp://127.0.0.1:9/alice0000000;tcp";
    private static final Pattern CHALLENGE = Pattern.compile("(?md)^WWW-Authenticate: Digest ([^\r]*)\r$");

    private final AtomicInteger ids = new AtomicInteger(10_000);
    /** Without a session id: what AUTH goes to. */
    String relay;

    @BeforeEach
    void startRelay() throws Exception {
        relay = listenForClients();
        relay(endpoint, relay);
    }

    /** Gives the URI of the relay. */
    String listenForClients() throws Exception {
        return "msrp://127.0.0.1:" + address.getPort() + ";tcp";
    }

    final void relay(MsrpEndpoint by, String uri) {
        by.relay(
                new RelaySettings(MsrpUri.parse(uri), REALM, authOverTcp(), relayLimits()),
                Credentials.of(Map.of("alice", "secret", "bob", "hush")));
    }

    RelayLimits relayLimits() {
        return RelayLimits.DEFAULTS;
    }

    boolean authOverTcp() {
        return true;
    }

    /** The defaults but for the shortest time for which a URI is granted. */
    static RelayLimits limits(Duration minExpires, int maxGrants, int maxNextHops, int waitingOctets, int frames) {
        RelayLimits d = RelayLimits.DEFAULTS;
        return new RelayLimits(
                minExpires,
                d.defaultExpires(),
                d.maxExpires(),
                d.nonceLifetime(),
                maxGrants,
                maxNextHops,
                waitingOctets,
                frames,
                1L << 32);
    }

    // ---- what they write ----

    String newId() {
        return "tid" + ids.incrementAndGet();
    }

    /** A frame; headers each with their line end, no body when null. */
    static String frame(
            String id, String method, String toPath, String fromPath, String headers, String body, char flag) {
        return "MSRP " + id + " " + method + "\r\nTo-Path: " + toPath + "\r\nFrom-Path: " + fromPath + "\r\n" + headers
                + (body == null ? "" : "\r\n" + body + "\r\n") + "-------" + id + flag + "\r\n";
    }

    /** A whole message in one SEND. */
    static String send(String id, String toPath, String fromPath, String messageId, String headers, String body) {
        return frame(
                id,
                "SEND",
                toPath,
                fromPath,
                "Message-ID: " + messageId + "\r\nByte-Range: 1-" + body.length() + "/" + body.length() + "\r\n"
                        + headers + "Content-Type: text/plain\r\n",
                body,
                '$');
    }

    Frame auth(RawPeer peer, String toPath, String fromPath, String headers) throws IOException {
        String id = newId();
        peer.write(frame(id, "AUTH", toPath, fromPath, headers, null, '$'));
        Frame answer = peer.read();
        assertThat(answer.id()).isEqualTo(id);
        return answer;
    }

    // ---- Digest (RFC 7616 §3.4) ----

    /** The challenge of that algorithm in a 401. */
    static String challenge(Frame answer, String algorithm) {
        List<String> challenges = CHALLENGE
                .matcher(answer.head())
                .results()
                .map(match -> match.group(1))
                .filter(value -> value.contains("algorithm=" + algorithm + ","))
                .toList();
        assertThat(challenges).as("challenges for %s in %s", algorithm, answer).hasSize(1);
        return challenges.get(0);
    }

    static String parameter(String header, String name) {
        Matcher matcher = Pattern.compile("(?:^|[ ,])" + name + "=(?:\"([^\"]*)\"|([^\", ]*))")
                .matcher(header);
        assertThat(matcher.find()).as("%s in %s", name, header).isTrue();
        MatchResult found = matcher.toMatchResult();
        return found.group(1) == null ? found.group(2) : found.group(1);
    }

    /** An Authorization header with its line end, as answer to that challenge. */
    static String authorization(String challenge, String user, String password, String uri, int count)
            throws GeneralSecurityException {
        String realm = parameter(challenge, "realm");
        String nonce = parameter(challenge, "nonce");
        String algorithm = parameter(challenge, "algorithm");
        String nc = "%08x".formatted(count);
        String response = hash(
                algorithm,
                hash(algorithm, user + ":" + realm + ":" + password) + ":" + nonce + ":" + nc + ":c0ffee:auth:"
                        + hash(algorithm, "AUTH:" + uri));
        return "Authorization: Digest username=\"" + user + "\", realm=\"" + realm + "\", nonce=\"" + nonce
                + "\", uri=\"" + uri + "\", algorithm=" + algorithm + ", qop=auth, nc=" + nc
                + ", cnonce=\"c0ffee\", response=\"" + response + "\", opaque=\"" + parameter(challenge, "opaque")
                + "\"\r\n";
    }

    static String hash(String algorithm, String text) throws GeneralSecurityException {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(octets));
    }

    // ---- who is around ----

    /** A client of the relay, on a connection of its own. */
    record Client(RawPeer peer, String uri, String granted) {
        /** From-Path of what its peers see. */
        String path() {
            return granted + " " + uri;
        }
    }

    Client alice() throws Exception {
        return client("alice", "secret", ALICE);
    }

    Client client(String user, String password, String uri) throws Exception {
        RawPeer peer = connect();
        return new Client(peer, uri, granted(peer, user, password, relay, uri, ""));
    }

    /** Authenticates, and gives the Use-Path. */
    String granted(RawPeer peer, String user, String password, String toPath, String uri, String headers)
            throws Exception {
        String last = toPath.substring(toPath.lastIndexOf(' ') + 1);
        Frame challenged = auth(peer, toPath, uri, headers);
        assertThat(challenged.startLine()).contains(" 401");
        Frame answer = auth(
                peer, toPath, uri, authorization(challenge(challenged, "SHA-256"), user, password, last, 1) + headers);
        assertThat(answer.startLine()).endsWith(" 200 OK");
        return answer.header("Use-Path");
    }

    /** Somebody to whom messages go, and the connection of the relay to it. */
    final class Far {
        final ServerSocket server;
        final String uri;
        RawPeer peer;

        Far() throws IOException {
            server = server();
            uri = uri(server, "far00000000").toString();
        }

        /** The next frame; the first one comes with the connection. */
        Frame read() throws IOException {
            return connected().read();
        }

        /** The next frame, answered with 200: a relay waits for answers when too many are missing. */
        Frame readAndAnswer() throws IOException {
            return connected().readAndAnswer("200 OK");
        }

        private RawPeer connected() throws IOException {
            if (peer == null) {
                peer = accept(server);
            }
            return peer;
        }

        Socket acceptRaw() throws IOException {
            server.setSoTimeout(20_000);
            Socket socket = own(server.accept());
            socket.setSoTimeout(20_000);
            return socket;
        }
    }
}
