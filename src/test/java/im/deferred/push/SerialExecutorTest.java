package im.deferred.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {

    private final Queue<Runnable> threads = new ArrayDeque<>();
    private final SerialExecutor serial = new SerialExecutor(threads::add);
    private final List<String> done = new ArrayList<>();

    @Test
    void tasksTakeOneThreadAtATimeInOrder() {
        serial.execute(() -> {
            done.add("first");
            serial.execute(() -> done.add("third"));
        });
        serial.execute(() -> done.add("second"));

        while (!threads.isEmpty()) {
            assertThat(threads).hasSize(1);
            threads.remove().run();
        }
        assertThat(done).containsExactly("first", "second", "third");
    }

    @Test
    void aTaskThatFailsDoesNotStopThoseBehindIt() {
        serial.execute(() -> {
            throw new IllegalStateException();
        });
        serial.execute(() -> done.add("next"));

        assertThatIllegalStateException().isThrownBy(() -> threads.remove().run());
        threads.remove().run();
        assertThat(done).containsExactly("next");
    }
}
