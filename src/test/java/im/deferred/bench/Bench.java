package im.deferred.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts the benchmark that is named. */
public final class Bench {
    private Bench() {}

    /** @param arguments {@code msrp} or {@code codec} */
    public static void main(String[] arguments) throws Exception {
        String name = arguments.length == 0 ? "msrp" : arguments[0];
        System.out.println(machine());
        switch (name) {
            case "msrp" -> new MsrpBench(Integer.getInteger("bench.rounds", 5)).run();
            case "codec" -> CodecBench.run(Integer.getInteger("bench.rounds", 5));
            default -> throw new IllegalArgumentException("no such benchmark, msrp or codec: " + name);
        }
    }

    private static String machine() throws IOException {
        Path load = Path.of("/proc/loadavg");
        return Runtime.getRuntime().availableProcessors() + " processors, " + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + ", load "
                + (Files.exists(load) ? Files.readString(load).strip() : "unknown") + ", "
                + System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version");
    }
}
