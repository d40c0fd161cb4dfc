package im.deferred.message;

import static im.deferred.message.Messages.BOB;
import static im.deferred.message.Messages.CAROL;
import static im.deferred.message.Messages.NOW;
import static im.deferred.message.Messages.await;
import static im.deferred.message.Messages.expiring;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import im.deferred.app.TestDatabase;
import im.deferred.core.Aor;
import im.deferred.core.TestClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MessageCountsTest {

    private static final Duration DAY = Duration.ofDays(1);

    private final TestDatabase database = new TestDatabase();
    private final TestClock clock = new TestClock();
    private final MessageStore store =
            new MessageStore(database.entities(), clock, MessageStore.Limits.of(100, 10 << 20));
    private int number;

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    @Test
    void nothingIsCountedAsNothing() {
        assertThat(store.count(BOB)).isEqualTo(new MessageCounts(0, 0, 0, 0, Optional.empty()));
    }

    @Test
    void waitingAndHeldAreCountedApart() {
        keep(BOB, DAY);
        long held = keep(BOB, DAY.multipliedBy(2));
        keep(BOB, DAY.multipliedBy(3));
        keep(CAROL, Duration.ofHours(1));
        await(store.hold(held, "on purpose"));

        assertThat(store.count(BOB)).isEqualTo(new MessageCounts(2, 0, 1, 0, Optional.of(NOW.plus(DAY))));
    }

    /** RFC 3261 §20.26. */
    @Test
    void urgentIsWhatItsPrioritySays() {
        keep(BOB, DAY, new Header("Priority", "urgent"));
        keep(BOB, DAY, new Header("priority", "Emergency"), new Header("Subject", "x"));
        keep(BOB, DAY, new Header("Priority", "non-urgent"));
        keep(BOB, DAY, new Header("Priority", "normal"), new Header("Subject", "Priority: urgent"));
        keep(BOB, DAY, new Header("X-Priority", "urgent"));
        await(store.hold(keep(BOB, DAY, new Header("Priority", "URGENT")), "on purpose"));

        assertThat(store.count(BOB)).isEqualTo(new MessageCounts(5, 2, 1, 1, Optional.of(NOW.plus(DAY))));
    }

    @Test
    void expiredOnesAreNotCounted() {
        keep(BOB, Duration.ofMinutes(1));
        keep(BOB, DAY);
        clock.advance(Duration.ofMinutes(1));

        assertThat(store.count(BOB)).isEqualTo(new MessageCounts(1, 0, 0, 0, Optional.of(NOW.plus(DAY))));
    }

    @Test
    void urgentOnesAreSomeOfAll() {
        assertThatIllegalArgumentException().isThrownBy(() -> new MessageCounts(1, 2, 0, 0, Optional.empty()));
        assertThatIllegalArgumentException().isThrownBy(() -> new MessageCounts(1, 1, 0, 1, Optional.empty()));
        assertThatIllegalArgumentException().isThrownBy(() -> new MessageCounts(1, -1, 0, 0, Optional.empty()));
    }

    private long keep(Aor recipient, Duration lifetime, Header... more) {
        NewMessage message = expiring(recipient, "c" + ++number, Body.of(new byte[] {1}), NOW.plus(lifetime));
        long id = ((Stored.Kept) await(store.store(message))).id();
        database.entities()
                .runInTransaction(em -> em.createQuery(
                                "update Message m set m.headers = concat(m.headers, :more) where m.id = :id")
                        .setParameter("more", Header.write(List.of(more)))
                        .setParameter("id", id)
                        .executeUpdate());
        return id;
    }
}
