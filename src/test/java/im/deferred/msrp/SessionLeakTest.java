package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * 100,000 sessions opened and closed leave heap and descriptors where they were: 95,000 in batches that share a connection, and 5,000
 * with a connection each, since a connection that is there would be used again.
 */
class SessionLeakTest extends MsrpFixture {
    private static final int SHARED_BATCHES = 475;
    private static final int SHARED = 200;
    private static final int OWN_BATCHES = 100;
    private static final int OWN = 50;

    /** A session that was kept would be 1 KB or more, so that 100,000 were 100 MB. */
    private static final long HEAP_TOLERANCE = 4 << 20;

    /** What the system opens now and then by itself. */
    private static final long DESCRIPTOR_TOLERANCE = 4;

    private final UnixOperatingSystemMXBean system =
            (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final List<Integer> ports = new ArrayList<>();
    private MsrpEndpoint other;

    /** An active session here and its passive peer there. */
    private record Pair(MsrpSession active, MsrpSession passive) {}

    @Test
    void openedAndClosedSessionsLeaveNothing() throws Exception {
        other = own(new MsrpEndpoint(MsrpLimits.DEFAULTS));
        for (int i = 0; i < OWN; i++) {
            ports.add(other.listen(loopback(0)).getPort());
        }
        openAndClose(SHARED, 1);
        openAndClose(OWN, OWN);
        long heap = heap();
        long descriptors = system.getOpenFileDescriptorCount();

        for (int i = 0; i < SHARED_BATCHES; i++) {
            openAndClose(SHARED, 1);
        }
        for (int i = 0; i < OWN_BATCHES; i++) {
            openAndClose(OWN, OWN);
        }

        awaitDescriptors(descriptors + DESCRIPTOR_TOLERANCE); // first: what is still open takes heap too
        assertThat(heap()).isLessThan(heap + HEAP_TOLERANCE);
    }

    /** The sockets of the last sessions are closed a moment after these are over. */
    private void awaitDescriptors(long most) {
        long deadline = System.nanoTime() + SETUP.toNanos();
        while (system.getOpenFileDescriptorCount() > most) {
            assertThat(System.nanoTime()).as("descriptors stay open").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /** So many sessions at once, over so many connections; a message goes through each. */
    private void openAndClose(int sessions, int connections) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        List<CompletableFuture<?>> sent = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            Pair pair = open(ports.get(i % connections));
            pairs.add(pair);
            sent.add(pair.active()
                    .send(message("msg00001", "hello"))
                    .thenAccept(delivery -> assertThat(delivery).isEqualTo(new Delivery.Confirmed()))
                    .toCompletableFuture());
        }
        await(CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)));
        List<CompletableFuture<?>> closed = new ArrayList<>();
        for (Pair pair : pairs) {
            pair.active().close();
            pair.passive().close();
            closed.add(pair.active().closed().toCompletableFuture());
            closed.add(pair.passive().closed().toCompletableFuture());
        }
        await(CompletableFuture.allOf(closed.toArray(CompletableFuture[]::new)));
        received.messages.clear();
    }

    private Pair open(int port) {
        MsrpUri mine = endpoint.newUri("127.0.0.1", address.getPort());
        MsrpUri theirs = other.newUri("127.0.0.1", port);
        MsrpSession passive = other.open(new MsrpAgreement(theirs, List.of(mine), Role.PASSIVE, received, SETUP));
        return new Pair(endpoint.open(new MsrpAgreement(mine, List.of(theirs), Role.ACTIVE, received, SETUP)), passive);
    }

    private static long heap() throws InterruptedException {
        LeakCheck.collect();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
