package im.deferred.node;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.app.TestDatabase;
import jakarta.persistence.EntityManagerFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeTest {

    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final String BOB = "sip:bob@example.test";

    private final TestDatabase database = new TestDatabase();
    private final EntityManagerFactory entities = database.entities();
    private long now = Long.MAX_VALUE - Duration.ofSeconds(20).toNanos(); // nanoTime may overflow
    private final List<String> heard = new ArrayList<>();
    private final Node a = node("a");
    private final Node b = node("b");

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void oneNodeHasAClaimAtATime() {
        Claim claim = a.claim(BOB).orElseThrow();
        assertThat(b.claim(BOB)).isEmpty();
        assertThat(a.holds(claim)).isTrue();

        a.release(claim);

        assertThat(b.claim(BOB)).isPresent();
        assertThat(a.claim(BOB)).isEmpty();
    }

    @Test
    void ofManyThatClaimAtOnceOneHasIt() throws Exception {
        int nodes = 8;
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        List<Node> all = IntStream.range(0, nodes).mapToObj(i -> node("n" + i)).toList();
        for (int round = 0; round < 20; round++) {
            String what = "sip:u" + round + "@example.test";
            CountDownLatch start = new CountDownLatch(1);
            List<Future<Boolean>> claims = all.stream()
                    .map(node -> threads.submit(() -> {
                        start.await();
                        return node.claim(what).isPresent();
                    }))
                    .toList();
            start.countDown();
            int won = 0;
            for (Future<Boolean> claim : claims) {
                won += claim.get() ? 1 : 0;
            }
            assertThat(won).isEqualTo(1);
        }
        threads.shutdown();
    }

    @Test
    void whoWantsItTooAsksForIt() {
        Claim claim = a.claim(BOB).orElseThrow();
        b.claim(BOB, Ask.LOOK_AGAIN);
        a.beat();
        b.claim(BOB, Ask.LET_GO);
        a.beat();

        assertThat(heard).containsExactly("a: LOOK_AGAIN " + BOB, "a: LET_GO " + BOB);
        assertThat(a.release(claim)).contains(Ask.LET_GO);
        assertThat(a.release(a.claim(BOB).orElseThrow())).isEmpty();
    }

    @Test
    void whoWantsItNotAsksToo() {
        b.claim(BOB);
        b.ask(BOB, Ask.LET_GO); // itself: in vain
        b.beat();
        a.ask(BOB, Ask.LET_GO);
        b.beat();

        assertThat(heard).containsExactly("b: LET_GO " + BOB);
    }

    @Test
    void aNodeThatIsSilentForALeaseLosesItsClaims() {
        Claim claim = a.claim(BOB).orElseThrow();
        b.beat();
        after(LEASE.minusMillis(1));
        b.beat();
        assertThat(b.claim(BOB)).isEmpty();
        assertThat(heard).isEmpty();
        assertThat(a.holds(claim)).isTrue();

        after(Duration.ofMillis(1));
        assertThat(a.holds(claim)).isFalse();
        b.beat();

        assertThat(heard).containsExactly("b: work is left");
        assertThat(b.claim(BOB)).isPresent();
        assertThat(held(claim)).isFalse();
    }

    @Test
    void oneThatBeatsKeepsThem() {
        Claim claim = a.claim(BOB).orElseThrow();
        for (int i = 0; i < 10; i++) {
            after(LEASE.dividedBy(3));
            a.beat();
            b.beat();
        }

        assertThat(heard).isEmpty();
        assertThat(b.claim(BOB)).isEmpty();
        assertThat(a.holds(claim)).isTrue();
        assertThat(held(claim)).isTrue();
    }

    @Test
    void oneThatWakesUpLateJoinsAgainWithoutThem() {
        Claim lost = a.claim(BOB).orElseThrow();
        b.beat();
        after(LEASE);
        b.beat();
        Claim taken = b.claim(BOB).orElseThrow();
        heard.clear();

        a.beat();

        assertThat(heard).containsExactly("a: work is left");
        assertThat(a.holds(lost)).isFalse();
        assertThat(held(lost)).isFalse();
        assertThat(a.release(lost)).isEmpty();
        assertThat(held(taken)).isTrue();
        assertThat(a.holds(a.claim("another").orElseThrow())).isTrue();
    }

    @Test
    void aNodeThatStartsAgainTakesNoTurnOfItsFormerSelf() {
        Claim claim = a.claim(BOB).orElseThrow();

        Node again = node("a");

        assertThat(held(claim)).isFalse();
        assertThat(again.claim(BOB)).isPresent();
        a.beat(); // if it was not dead after all
        assertThat(held(claim)).isFalse();
        again.beat();
        assertThat(b.claim(BOB)).isEmpty();
    }

    @Test
    void oneThatLeavesLeavesNothingBehind() {
        Claim claim = a.claim(BOB).orElseThrow();
        b.beat();

        a.close();

        assertThat(a.holds(claim)).isFalse();
        assertThat(b.claim(BOB)).isPresent();
        b.beat();
        assertThat(heard).containsExactly("b: work is left");
        a.beat();
        assertThat(a.holds(claim)).isFalse();
    }

    @Test
    void theOthersAreCalled() {
        b.beat();
        a.call();
        a.beat();
        b.beat();
        b.beat();

        assertThat(heard).containsExactly("b: work is left");
    }

    @Test
    void aWorkThatIsClaimedAgainIsAnotherClaim() {
        Claim earlier = a.claim(BOB).orElseThrow();
        Claim later = a.claim(BOB).orElseThrow();

        assertThat(held(earlier)).isFalse();
        a.release(earlier); // late
        assertThat(held(later)).isTrue();
    }

    private Node node(String name) {
        Node node = new Node(entities, name, LEASE, () -> now);
        node.listen(new NodeListener() {
            @Override
            public void workIsLeft() {
                heard.add(name + ": work is left");
            }

            @Override
            public void asked(String what, Ask ask) {
                heard.add(name + ": " + ask + " " + what);
            }
        });
        return node;
    }

    private void after(Duration time) {
        now += time.toNanos();
    }

    private boolean held(Claim claim) {
        return entities.callInTransaction(
                manager -> Node.held(manager, Set.of(claim)).contains(claim));
    }
}
