package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;

/** That the leaks of the other tests would be seen. */
class LeakCheckTest {
    @Test
    void everyBufferIsWatched() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    }

    @Test
    void aLostBufferIsFound() throws InterruptedException {
        assertThat(LeakCheck.leaks()).isEmpty();
        lose();
        assertThat(LeakCheck.leaks()).contains("ByteBuf").contains("LeakCheckTest.lose");
    }

    private static void lose() {
        ByteBufAllocator.DEFAULT.buffer(1).writeByte(0);
    }
}
