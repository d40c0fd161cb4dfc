package im.deferred.session;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.Delivery;
import im.deferred.msrp.MsrpRefusal;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose word decides about a message, and what follows. */
class TransitTest {

    private static final Delivery CONFIRMED = new Delivery.Confirmed();
    private static final Delivery LOST = new Delivery.Lost("the connection is lost");

    private final List<String> effects = new ArrayList<>();
    private final CompletableFuture<OptionalLong> store = new CompletableFuture<>();
    private final CompletableFuture<Void> before = CompletableFuture.completedFuture(null);
    private final Transit transit = transit(before);

    private Transit transit(CompletionStage<Void> after) {
        return new Transit(
                new Transit.Effects() {
                    @Override
                    public CompletionStage<OptionalLong> keep() {
                        effects.add("keep");
                        return store;
                    }

                    @Override
                    public void kept() {
                        effects.add("kept");
                    }

                    @Override
                    public void withdraw(long id) {
                        effects.add("withdraw " + id);
                    }

                    @Override
                    public void broken(String reason) {
                        effects.add("broken");
                    }
                },
                after);
    }

    @Test
    void whatIsConfirmedIsDelivered() {
        transit.delivered(CONFIRMED, null);
        transit.silent();

        assertThat(transit.answer()).isCompleted();
        assertThat(transit.over()).isCompleted();
        assertThat(effects).isEmpty();
    }

    @Test
    void whatIsLostIsStoredAndThenDelivered() {
        transit.delivered(LOST, null);
        assertThat(transit.answer()).isNotDone();
        assertThat(transit.over()).isNotDone();

        store.complete(OptionalLong.of(7));

        assertThat(transit.answer()).isCompleted();
        assertThat(transit.over()).isCompleted();
        assertThat(effects).containsExactly("broken", "keep", "kept");
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 481, 506})
    void whatTheSessionFailsForIsStored(int status) {
        transit.delivered(new Delivery.Refused(status, ""), null);

        assertThat(effects).containsExactly("broken", "keep");
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 403, 413, 415, 423, 501})
    void whatTheUserRefusesIsRefused(int status) {
        transit.delivered(new Delivery.Refused(status, "no"), null);

        assertThat(refusal()).isEqualTo(status);
        assertThat(effects).isEmpty();
    }

    @Test
    void whatCannotBeReadIsTriedInTheStoreOnly() {
        transit.delivered(null, new IllegalStateException("cut off"));

        assertThat(effects).containsExactly("keep");
    }

    @Test
    void whatNobodyConfirmsInTimeIsStoredAndWithdrawnWhenItIsConfirmedLate() {
        transit.silent();
        store.complete(OptionalLong.of(7));
        assertThat(transit.answer()).isCompleted();
        assertThat(transit.over()).as("it may still be read").isNotDone();
        assertThat(effects).containsExactly("keep");

        transit.delivered(CONFIRMED, null);

        assertThat(effects).containsExactly("keep", "withdraw 7");
        assertThat(transit.over()).isCompleted();
    }

    @Test
    void aWordThatCrossesTheCommitCountsToo() {
        transit.silent();
        transit.delivered(CONFIRMED, null);
        store.complete(OptionalLong.of(7));

        assertThat(effects).containsExactly("keep", "withdraw 7");
        assertThat(transit.answer()).isCompleted();
    }

    @Test
    void whatIsRefusedLateStaysStored() {
        transit.silent();
        store.complete(OptionalLong.of(7));
        transit.delivered(new Delivery.Refused(415, ""), null);

        assertThat(effects).containsExactly("keep", "kept");
        assertThat(transit.answer()).isCompleted();
    }

    @Test
    void whatCannotBeStoredIsRefused() {
        transit.delivered(LOST, null);
        store.completeExceptionally(new MsrpRefusal(413, "too many"));

        assertThat(refusal()).isEqualTo(413);
        assertThat(transit.over()).isCompleted();
        assertThat(effects).containsExactly("broken", "keep");
    }

    @Test
    void whatNeedNotBeKeptIsDelivered() {
        transit.delivered(LOST, null);
        store.complete(OptionalLong.empty());

        assertThat(transit.answer()).isCompleted();
        assertThat(effects).containsExactly("broken", "keep");
    }

    @Test
    void whatComesLaterIsStoredLater() {
        CompletableFuture<Void> earlier = new CompletableFuture<>();
        Transit later = transit(earlier);

        later.delivered(LOST, null);
        assertThat(effects).containsExactly("broken");
        assertThat(later.decided()).isNotDone();
        earlier.complete(null);

        assertThat(effects).containsExactly("broken", "keep");
        assertThat(later.decided()).isCompleted();
    }

    private int refusal() {
        try {
            transit.answer().toCompletableFuture().join();
        } catch (CompletionException e) {
            return ((MsrpRefusal) e.getCause()).status();
        }
        throw new AssertionError("it was not refused");
    }
}
