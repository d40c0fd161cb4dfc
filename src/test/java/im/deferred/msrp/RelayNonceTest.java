package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import im.deferred.msrp.RawPeer.Frame;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Challenges that may be answered for a short time only. */
class RelayNonceTest extends RelayFixture {
    @Override
    RelayLimits relayLimits() {
        RelayLimits d = RelayLimits.DEFAULTS;
        return new RelayLimits(
                d.minExpires(),
                d.defaultExpires(),
                d.maxExpires(),
                Duration.ofSeconds(3),
                d.maxGrants(),
                d.maxNextHops(),
                d.waitingOctets(),
                d.framesPerSecond(),
                d.octetsPerSecond());
    }

    @Test
    void r02_aNonceExpiresAndTheNextOneIsGood() throws Exception {
        RawPeer peer = connect();
        String challenge = challenge(auth(peer, relay, ALICE, ""), "SHA-256");
        Frame stale = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            Frame answer;
            int count = 0;
            do {
                count++;
                answer = auth(peer, relay, ALICE, authorization(challenge, "alice", "secret", relay, count));
            } while (answer.startLine().endsWith(" 200 OK"));
            return answer;
        });
        assertThat(stale.startLine()).contains(" 401");
        String next = challenge(stale, "SHA-256");
        assertThat(next).contains("stale=true");
        assertThat(auth(peer, relay, ALICE, authorization(next, "alice", "secret", relay, 1))
                        .startLine())
                .endsWith(" 200 OK");
    }
}
