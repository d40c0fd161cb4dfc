package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.RawPeer.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What one client may take of the relay; all of it little. */
class RelayLimitsTest extends RelayFixture {
    private static final int WAITING = 64 << 10;
    private static final int FRAMES_PER_SECOND = 200;

    @Override
    RelayLimits relayLimits() {
        return limits(Duration.ofMinutes(1), 2, 1, WAITING, FRAMES_PER_SECOND);
    }

    @Test
    void r13_aUserHasSoManyUris() throws Exception {
        RawPeer peer = connect();
        granted(peer, "alice", "secret", relay, ALICE, "");
        String second = ALICE.replace("alice", "other");
        granted(connect(), "alice", "secret", relay, second, "");
        String third = ALICE.replace("alice", "third");
        String challenge = challenge(auth(peer, relay, third, ""), "SHA-256");
        Frame answer = auth(peer, relay, third, authorization(challenge, "alice", "secret", relay, 1));
        assertThat(answer.startLine()).contains(" 403");
        assertThat(granted(peer, "alice", "secret", relay, ALICE, "")).isNotNull(); // renewed
        assertThat(granted(connect(), "bob", "hush", relay, third, "")).isNotNull();
    }

    @Test
    void r13_aUserHasSoManyNextHops() throws Exception {
        Client alice = alice();
        Far one = new Far();
        Far two = new Far();
        alice.peer().write(send("tid00001", alice.granted() + " " + one.uri, ALICE, "msg00001", "", "x"));
        assertThat(alice.peer().read().startLine()).isEqualTo("MSRP tid00001 200 OK");
        alice.peer().write(send("tid00002", alice.granted() + " " + two.uri, ALICE, "msg00002", "", "x"));
        assertThat(alice.peer().read().startLine()).startsWith("MSRP tid00002 403");
        alice.peer().write(send("tid00003", alice.granted() + " " + one.uri, ALICE, "msg00003", "", "x"));
        assertThat(alice.peer().read().startLine()).isEqualTo("MSRP tid00003 200 OK");
        assertThat(one.read().header("Message-ID")).isEqualTo("msg00001");
        assertThat(one.read().header("Message-ID")).isEqualTo("msg00003");
    }

    /** Half a second's worth may come at once. */
    @Test
    void r13_whoSendsTooFastIsSlowedDownAndLosesNothing() throws Exception {
        Client alice = alice();
        Far far = new Far();
        int count = FRAMES_PER_SECOND;
        StringBuilder frames = new StringBuilder();
        for (int i = 0; i < count; i++) {
            frames.append(send(
                    newId(),
                    alice.granted() + " " + far.uri,
                    ALICE,
                    "msg" + (10_000 + i),
                    "Failure-Report: no\r\n",
                    "x"));
        }
        long start = System.nanoTime();
        alice.peer().write(frames.toString());
        for (int i = 0; i < count; i++) {
            assertThat(far.read().header("Message-ID")).isEqualTo("msg" + (10_000 + i));
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(450));
    }

    @Test
    void r13_aSlowReceiverSlowsOnlyItsOwnSender() throws Exception {
        Client alice = alice();
        Client bob = client("bob", "hush", "msrp://127.0.0.1:9/bob000000000;tcp");
        Far slow = new Far();
        Far quick = new Far();
        int length = 64 << 20;
        String head = "Message-ID: msg00001\r\nByte-Range: 1-*/" + length + "\r\nContent-Type: text/plain\r\n";
        String large =
                frame("tid00001", "SEND", alice.granted() + " " + slow.uri, ALICE, head, "a".repeat(length), '$');
        CompletableFuture<Void> written = CompletableFuture.runAsync(() -> {
            try {
                alice.peer().write(large);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        slow.peer = accept(slow.server);
        for (int i = 0; i < 50; i++) {
            String id = newId();
            bob.peer().write(send(id, bob.granted() + " " + quick.uri, bob.uri(), "msg" + id, "", "x"));
            assertThat(quick.read().header("Message-ID")).isEqualTo("msg" + id);
            assertThat(bob.peer().read().startLine()).isEqualTo("MSRP " + id + " 200 OK");
        }
        assertThat(written).isNotDone();

        int got = 0;
        Frame frame;
        do {
            frame = slow.read();
            got += frame.body().length();
        } while (frame.flag() == '+');
        written.get(10, TimeUnit.SECONDS);
        assertThat(got).isEqualTo(length);
        assertThat(alice.peer().read().startLine()).isEqualTo("MSRP tid00001 200 OK");
    }
}
