package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import im.deferred.msrp.RawPeer.Frame;
import java.io.EOFException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** AUTH: who gets a URI of the relay, for how long, and how it is told otherwise. */
class RelayAuthenticationTest extends RelayFixture {
    @Override
    RelayLimits relayLimits() {
        return limits(Duration.ofSeconds(1), 64, 64, 1 << 20, 20_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA-256", "MD5"})
    void r02_aChallengeAndItsAnswer(String algorithm) throws Exception {
        RawPeer peer = connect();
        Frame challenged = auth(peer, relay, ALICE, "");
        assertThat(challenged.startLine()).contains(" 401");
        assertThat(challenged.header("To-Path")).isEqualTo(ALICE);
        assertThat(challenged.header("From-Path")).isEqualTo(relay);
        String challenge = challenge(challenged, algorithm);
        assertThat(parameter(challenge, "realm")).isEqualTo(REALM);
        assertThat(parameter(challenge, "qop")).isEqualTo("auth");
        Frame answer = auth(peer, relay, ALICE, authorization(challenge, "alice", "secret", relay, 1));
        assertThat(answer.startLine()).endsWith(" 200 OK");
        String info = answer.header("Authentication-Info");
        String ha1 = hash(algorithm, "alice:" + REALM + ":secret");
        assertThat(parameter(info, "rspauth"))
                .isEqualTo(hash(
                        algorithm,
                        ha1 + ":" + parameter(challenge, "nonce") + ":00000001:c0ffee:auth:"
                                + hash(algorithm, ":" + relay)));
    }

    @ParameterizedTest
    @CsvSource({"alice, wrong", "nobody, secret", "bob, secret"})
    void r02_wrongCredentialsAreChallengedAgain(String user, String password) throws Exception {
        RawPeer peer = connect();
        String challenge = challenge(auth(peer, relay, ALICE, ""), "SHA-256");
        Frame answer = auth(peer, relay, ALICE, authorization(challenge, user, password, relay, 1));
        assertThat(answer.startLine()).contains(" 401");
        assertThat(answer.header("Use-Path")).isNull();
        assertThat(challenge(answer, "SHA-256")).doesNotContain("stale=true");
        assertThat(granted(peer, "alice", "secret", relay, ALICE, "")).isNotNull();
    }

    @Test
    void r02_anAnswerForAnotherUriIsNone() throws Exception {
        RawPeer peer = connect();
        String challenge = challenge(auth(peer, relay, ALICE, ""), "SHA-256");
        String other = "msrp://relay.example.test:2855;tcp";
        Frame answer = auth(peer, relay, ALICE, authorization(challenge, "alice", "secret", other, 1));
        assertThat(answer.startLine()).contains(" 401");
    }

    @Test
    void r02_anAnswerIsGoodOnce() throws Exception {
        RawPeer peer = connect();
        String challenge = challenge(auth(peer, relay, ALICE, ""), "SHA-256");
        String first = authorization(challenge, "alice", "secret", relay, 1);
        assertThat(auth(peer, relay, ALICE, first).startLine()).endsWith(" 200 OK");
        assertThat(auth(peer, relay, ALICE, first).startLine()).contains(" 401");
        assertThat(auth(connect(), relay, ALICE, first).startLine()).contains(" 401");
        String second = authorization(challenge, "alice", "secret", relay, 2);
        assertThat(auth(peer, relay, ALICE, second).startLine()).endsWith(" 200 OK");
    }

    @Test
    void r02_aNonceThatWasNotIssuedIsStale() throws Exception {
        RawPeer peer = connect();
        String challenge = challenge(auth(peer, relay, ALICE, ""), "SHA-256");
        String forged = challenge.replace(parameter(challenge, "nonce"), "Zm9yZ2Vk");
        Frame answer = auth(peer, relay, ALICE, authorization(forged, "alice", "secret", relay, 1));
        assertThat(answer.startLine()).contains(" 401");
        assertThat(challenge(answer, "SHA-256")).contains("stale=true");
    }

    @Test
    void r02_whoGuessesIsCutOff() throws Exception {
        RawPeer peer = connect();
        String challenge = challenge(auth(peer, relay, ALICE, ""), "SHA-256");
        assertThatThrownBy(() -> {
                    for (int i = 1; i <= 20; i++) {
                        String guess = authorization(challenge, "alice", "guess" + i, relay, i);
                        assertThat(auth(peer, relay, ALICE, guess).startLine()).contains(" 401");
                    }
                })
                .isInstanceOf(EOFException.class);
    }

    @Test
    void r03_theUriIsTheRelaysWithAFreshSessionId() throws Exception {
        RawPeer peer = connect();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            String granted =
                    granted(peer, "alice", "secret", relay, "msrp://127.0.0.1:9/alice" + (100 + i) + ";tcp", "");
            MsrpUri uri = MsrpUri.parse(granted);
            assertThat(new MsrpUri(uri.secure(), uri.host(), uri.port(), null)).isEqualTo(MsrpUri.parse(relay));
            assertThat(uri.sessionId()).hasSizeGreaterThanOrEqualTo(22);
            ids.add(uri.sessionId());
        }
        assertThat(ids).hasSize(20);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 200, Expires, 1800",
        "90, 200, Expires, 90",
        "3600, 200, Expires, 3600",
        "3601, 423, Max-Expires, 3600",
        "0, 423, Min-Expires, 1",
        "4294967296, 423, Max-Expires, 3600",
        "soon, 400, Expires,",
        "-1, 400, Expires,"
    })
    void r03_expires(String asked, String status, String header, String value) throws Exception {
        RawPeer peer = connect();
        String expires = asked.isEmpty() ? "" : "Expires: " + asked + "\r\n";
        String challenge = challenge(auth(peer, relay, ALICE, expires), "SHA-256");
        Frame answer = auth(peer, relay, ALICE, authorization(challenge, "alice", "secret", relay, 1) + expires);
        assertThat(answer.startLine()).contains(" " + status);
        assertThat(answer.header(header)).isEqualTo(value);
        assertThat(answer.header("Use-Path") != null).isEqualTo(status.equals("200"));
    }

    /** The time is over for one that was not renewed; until then its messages pass. */
    @Test
    void r04_whatIsRenewedLivesAndWhatIsNotIsDead() throws Exception {
        Far far = new Far();
        RawPeer peer = connect();
        String other = ALICE.replace("alice", "other");
        String renewed = granted(peer, "alice", "secret", relay, ALICE, "Expires: 3\r\n");
        assertThat(granted(peer, "alice", "secret", relay, ALICE, "Expires: 60\r\n"))
                .isEqualTo(renewed);
        String forgotten = granted(peer, "alice", "secret", relay, other, "Expires: 3\r\n");
        assertThat(forgotten).isNotEqualTo(renewed);

        peer.write(send("tid00001", renewed + " " + far.uri, ALICE, "msg00001", "", "x"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        far.read();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            Frame answer;
            do {
                String id = newId();
                peer.write(send(id, forgotten + " " + far.uri, other, "msg" + id, "", "x"));
                answer = peer.read();
            } while (answer.startLine().endsWith(" 200 OK") && far.readAndAnswer() != null);
            assertThat(answer.startLine()).contains(" 481");
        });
        peer.write(send("tid00002", renewed + " " + far.uri, ALICE, "msg00002", "", "x"));
        assertThat(peer.read().startLine()).isEqualTo("MSRP tid00002 200 OK");
        RawPeer outside = connect();
        outside.write(send("tid00003", forgotten + " " + other, far.uri, "msg00003", "", "x"));
        assertThat(outside.read().startLine()).startsWith("MSRP tid00003 481");
    }

    @Test
    void r04_aUriEndsWithTheConnectionOfItsClient() throws Exception {
        Client alice = alice();
        RawPeer before = connect();
        before.write(send("tid00001", alice.path(), "msrp://127.0.0.1:9/far00000000;tcp", "msg00001", "", "x"));
        assertThat(before.read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        alice.peer().close();
        assertThat(before.read().startLine()).endsWith(" REPORT"); // so that the relay knows
        RawPeer after = connect();
        after.write(send("tid00002", alice.path(), "msrp://127.0.0.1:9/far00000000;tcp", "msg00002", "", "x"));
        assertThat(after.read().startLine()).startsWith("MSRP tid00002 481");
    }
}
