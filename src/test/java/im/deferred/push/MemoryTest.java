package im.deferred.push;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.TestClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MemoryTest {

    private static final Duration DAY = Duration.ofDays(1);

    private final TestClock clock = new TestClock();
    private final Memory<String> memory = new Memory<>(clock, DAY, 2);

    @Test
    void remembersForItsTime() {
        memory.add("a");
        clock.advance(DAY.minusMillis(1));
        assertThat(memory.contains("a")).isTrue();
        clock.advance(Duration.ofMillis(1));
        assertThat(memory.contains("a")).isFalse();
        assertThat(memory.remove("a")).isFalse();
    }

    @Test
    void timeRunsFromTheLastTime() {
        memory.add("a");
        clock.advance(DAY.minusMillis(1));
        memory.add("a");
        clock.advance(DAY.minusMillis(1));
        assertThat(memory.contains("a")).isTrue();
    }

    @Test
    void theEldestGoesWhenThereAreTooMany() {
        memory.add("a");
        memory.add("b");
        memory.add("a");
        memory.add("c");
        assertThat(memory.contains("a")).isTrue();
        assertThat(memory.contains("b")).isFalse();
        assertThat(memory.contains("c")).isTrue();
    }

    @Test
    void whatIsRemovedIsForgotten() {
        memory.add("a");
        assertThat(memory.remove("a")).isTrue();
        assertThat(memory.remove("a")).isFalse();
        assertThat(memory.contains("a")).isFalse();
    }
}
