package im.deferred.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * One process of a benchmark: it does what each line of its standard input says and answers it with one line, until its input ends. A
 * command that fails is answered {@code failed} and why.
 */
interface Part {
    /** What processes there are. */
    enum Kind {
        BARE_SOURCE(BareSource::new),
        BARE_SINK(BareSink::new),
        PRODUCT_SENDER(ProductSender::new),
        PRODUCT_RECEIVER(ProductReceiver::new),
        PRODUCT_RELAY(ProductRelay::new),
        RAW_SOURCE(RawSource::new),
        RAW_SINK(RawSink::new),
        IDLE_CLIENTS(IdleClients::new);

        private final Supplier<Part> part;

        Kind(Supplier<Part> part) {
            this.part = part;
        }
    }

    /** @param words the command and what it is about */
    String command(List<String> words) throws Exception;

    /** @param arguments a {@link Kind} */
    static void main(String[] arguments) throws IOException {
        Part part = Kind.valueOf(arguments[0]).part.get();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            System.out.println(answer(part, Arrays.asList(line.split(" "))));
        }
        System.exit(0);
    }

    private static String answer(Part part, List<String> words) {
        try {
            return words.get(0).equals("heap") ? heap() : part.command(words);
        } catch (Exception e) {
            return "failed " + e;
        }
    }

    /** Octets of the heap in use after a collection, and the most that were in use, garbage too, since this was asked before. */
    private static String heap() {
        List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
        long peak =
                pools.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
        System.gc();
        System.gc();
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        pools.forEach(MemoryPoolMXBean::resetPeakUsage);
        return used + " " + peak;
    }
}
