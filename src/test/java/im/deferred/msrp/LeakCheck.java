package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a class of tests of this package, or of one below, when a buffer was lost in it without having been released. */
public final class LeakCheck implements AfterAllCallback {
    private static final int GC_MILLIS = 20_000;

    @Override
    public void afterAll(ExtensionContext tests) throws InterruptedException {
        if (tests.getRequiredTestClass().getPackageName().startsWith(LeakCheck.class.getPackageName())) {
            assertThat(leaks()).as("buffers that were not released").isEmpty();
        }
    }

    /** What was lost since this was asked last: the detector tells it when the next buffer is made after a collection. */
    static String leaks() throws InterruptedException {
        collect();
        collect(); // a reference may be on its queue only after the next one
        ByteBufAllocator.DEFAULT.buffer(1).release();
        StringBuilder leaks = new StringBuilder();
        for (String leak = LeakRecorder.LEAKS.poll(); leak != null; leak = LeakRecorder.LEAKS.poll()) {
            leaks.append(leak).append('\n');
        }
        return leaks.toString();
    }

    /** Collects garbage, and waits until references to it are on their queues. */
    static void collect() throws InterruptedException {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> last = new WeakReference<>(new Object(), queue);
        System.gc();
        assertThat(queue.remove(GC_MILLIS)).isSameAs(last);
    }
}
