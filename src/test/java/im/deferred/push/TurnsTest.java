package im.deferred.push;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TurnsTest {

    private final Turns<String> turns = new Turns<>(2);

    @Test
    void soManyHaveATurnAndTheNextWaits() {
        assertThat(turns.take("a")).isTrue();
        assertThat(turns.take("b")).isTrue();
        assertThat(turns.take("c")).isFalse();
        assertThat(turns.take("a")).as("has it already").isTrue();
    }

    @Test
    void whoCameFirstIsNext() {
        turns.take("a");
        turns.take("b");
        turns.take("c");
        turns.take("d");
        turns.take("c");

        assertThat(turns.giveBack("a")).contains("c");
        assertThat(turns.take("a")).as("the turn is another's now").isFalse();
        assertThat(turns.take("c")).isTrue();
        assertThat(turns.giveBack("b")).contains("d");
        assertThat(turns.giveBack("c")).contains("a");
        assertThat(turns.giveBack("d")).isEmpty();
        assertThat(turns.take("e")).isTrue();
    }

    @Test
    void whoWaitsNoMoreGetsNone() {
        turns.take("a");
        turns.take("b");
        turns.take("c");
        turns.take("d");

        assertThat(turns.giveBack("c")).as("had none").isEmpty();
        assertThat(turns.giveBack("nobody")).isEmpty();
        assertThat(turns.giveBack("a")).contains("d");
    }
}
