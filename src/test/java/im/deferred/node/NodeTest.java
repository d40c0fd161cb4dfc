package im.deferred.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import im.deferred.app.TestDatabase;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import java.sql.Connection;
import java.sql.Statement;
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
        b.claim(BOB, Ask.MORE);
        a.beat();
        b.claim(BOB, Ask.LET_GO);
        a.beat();

        assertThat(heard).containsExactly("a: MORE " + BOB, "a: LET_GO " + BOB);
        assertThat(a.release(claim)).contains(Ask.LET_GO);
        assertThat(a.release(a.claim(BOB).orElseThrow())).isEmpty();
    }

    @Test
    void thatThereIsMoreIsNotHeardOverAnotherAsk() {
        Claim claim = a.claim(BOB).orElseThrow();
        b.claim(BOB, Ask.MORE);
        b.claim(BOB, Ask.AGAIN);
        b.claim(BOB, Ask.MORE);

        assertThat(a.release(claim)).contains(Ask.AGAIN);
    }

    @Test
    void aNodeThatFrozeInATransactionHoldsUpNoOther() throws Exception {
        a.claim(BOB);
        b.beat();
        after(LEASE);
        try (Connection frozen = database.dataSource().getConnection()) {
            frozen.setAutoCommit(false);
            try (Statement lock = frozen.createStatement()) {
                lock.execute("select * from claim for update");
            }

            b.beat();
            assertThat(b.holds(b.claim("another").orElseThrow())).isTrue();
            assertThatThrownBy(() -> b.claim(BOB)).isInstanceOf(PersistenceException.class);
            assertThat(heard).isEmpty();
            frozen.rollback(); // as the database does, after a while
        }

        b.beat();
        assertThat(heard).containsExactly("b: work is left");
        assertThat(b.claim(BOB)).isPresent();
    }

    @Test
    void aClaimWhoseNodeIsGoneIsNobodys() throws Exception {
        a.claim(BOB);
        try (Connection connection = database.dataSource().getConnection();
                Statement sql = connection.createStatement()) {
            sql.execute("alter table claim drop constraint claim_of");
            sql.execute("delete from node");
        }

        assertThat(node("c").claim(BOB)).isPresent();
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
    void whatOneLeavesIsLeftAlsoBeforeAnyOtherHasSeenIt() {
        a.claim(BOB);

        a.close();

        b.beat();
        b.beat();
        assertThat(heard).containsExactly("b: work is left");
    }

    @Test
    void allAreCalled() {
        b.beat();
        a.call();
        a.beat();
        b.beat();
        b.beat();

        assertThat(heard).containsExactly("a: work is left", "b: work is left");
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
            public void asked(Claim claim, Ask ask) {
                heard.add(name + ": " + ask + " " + claim.what());
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
