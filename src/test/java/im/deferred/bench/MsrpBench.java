package im.deferred.bench;

import im.deferred.msrp.peer.Kamailio;
import java.io.IOException;
import java.util.List;

/**
 * Sender, relay and receiver as processes of their own on loopback, ours beside others, alternating in each round. Every row goes through
 * the same source or sink as its reference, or through ours in its place.
 */
final class MsrpBench {
    /** Octets of content in a SEND of a large message, and of a write over bare TCP. */
    static final int CHUNK = 65_536;
    /** SENDs of a large message that may be without an answer. */
    static final int LARGE_WINDOW = 256;

    static final int IDLE_SESSIONS = 10_000;

    private static final int WINDOW = 64;
    private static final long LARGE = 1_000_000_000;
    private static final long WARM_UP_MILLIS = 3000;
    private static final long MEASURE_MILLIS = 2000;
    private static final double MEGA = 1e6;
    private static final String BARE = "bare source -> bare sink";
    private static final String KAMAILIO = "bare source -> Kamailio -> bare sink";

    private final int rounds;

    /** @param rounds of which each row is the median */
    MsrpBench(int rounds) {
        this.rounds = rounds;
    }

    void run() throws IOException, InterruptedException {
        System.out.printf("medians of %d rounds, each process with %s%n", rounds, Child.HEAP);
        direct();
        relayed();
        idle();
    }

    private void direct() throws IOException, InterruptedException {
        try (Flow bare = Flow.direct(BARE, Part.Kind.BARE_SOURCE, Part.Kind.BARE_SINK);
                Flow sender = Flow.direct("our sender -> bare sink", Part.Kind.PRODUCT_SENDER, Part.Kind.BARE_SINK);
                Flow receiver =
                        Flow.direct("bare source -> our receiver", Part.Kind.BARE_SOURCE, Part.Kind.PRODUCT_RECEIVER);
                Flow both = Flow.direct(
                        "our sender -> our receiver", Part.Kind.PRODUCT_SENDER, Part.Kind.PRODUCT_RECEIVER);
                Flow tcp = Flow.direct("TCP, writes of 64 KB", Part.Kind.RAW_SOURCE, Part.Kind.RAW_SINK)) {
            List<Flow> pairs = List.of(bare, sender, receiver, both);
            rates("200 B, window " + WINDOW, pairs, 200).print(BARE);
            rates("2 KB, window " + WINDOW, pairs, 2048).print(BARE);
            large(List.of(tcp, bare, sender, receiver, both), both);
        }
    }

    private Rows rates(String title, List<Flow> flows, int octets) throws IOException, InterruptedException {
        Rows rows = new Rows(title, "messages/s");
        measure(
                rows,
                flows,
                flow -> flow.rate(octets, WINDOW, WARM_UP_MILLIS),
                flow -> flow.rate(octets, WINDOW, MEASURE_MILLIS));
        return rows;
    }

    /** One flow after the other in each round, so that all have their share of what else the machine does. */
    private void measure(Rows rows, List<Flow> flows, Measurement warmUp, Measurement measured)
            throws InterruptedException {
        for (int round = -1; round < rounds; round++) {
            for (Flow flow : flows) {
                if (!rows.hasFailed(flow.name)) {
                    try {
                        double value = (round < 0 ? warmUp : measured).of(flow);
                        if (round >= 0) {
                            rows.add(flow.name, value);
                        }
                    } catch (IOException e) {
                        rows.fail(flow.name, e.getMessage());
                    }
                }
            }
        }
    }

    private interface Measurement {
        double of(Flow flow) throws IOException, InterruptedException;
    }

    private void large(List<Flow> flows, Flow ours) throws IOException, InterruptedException {
        ours.throughput(LARGE / 4);
        String senderBefore = ours.sender.ask("heap");
        String receiverBefore = ours.receiver.ask("heap");
        Rows rows = new Rows("one message of 1 GB in chunks of 64 KB, window " + LARGE_WINDOW, "MB/s");
        measure(rows, flows, flow -> flow.throughput(LARGE / 4), flow -> flow.throughput(LARGE) / MEGA);
        rows.print(flows.get(0).name);
        printGrowth("our sender's heap over these messages", senderBefore, ours.sender.ask("heap"));
        printGrowth("our receiver's heap over these messages", receiverBefore, ours.receiver.ask("heap"));
    }

    private static void printGrowth(String what, String before, String after) {
        System.out.printf(
                "  %s: %,.1f MB in use after a collection, was %,.1f; at most %,.1f with garbage%n",
                what, heap(after, 0), heap(before, 0), heap(after, 1));
    }

    private static double heap(String answer, int which) {
        return Long.parseLong(answer.split(" ")[which]) / MEGA;
    }

    private void relayed() throws IOException, InterruptedException {
        try (Child relay = new Child(Part.Kind.PRODUCT_RELAY);
                Flow ours =
                        Flow.relayed("bare source -> our relay -> bare sink", Integer.parseInt(relay.ask("port")))) {
            if (Kamailio.program().isEmpty()) {
                System.out.println(KAMAILIO + ": not measured, kamailio is not installed");
                rates("200 B, window " + WINDOW + ", counted at the sink", List.of(ours), 200)
                        .print(KAMAILIO);
                return;
            }
            try (Kamailio kamailio = new Kamailio();
                    Flow theirs = Flow.relayed(KAMAILIO, kamailio.port())) {
                rates("200 B, window " + WINDOW + ", counted at the sink", List.of(theirs, ours), 200)
                        .print(KAMAILIO);
            }
        }
    }

    private void idle() throws IOException, InterruptedException {
        try (Child receiver = new Child(Part.Kind.PRODUCT_RECEIVER);
                Child clients = new Child(Part.Kind.IDLE_CLIENTS)) {
            double before = heap(receiver.ask("heap"), 0);
            String uris = receiver.ask("sessions", IDLE_SESSIONS);
            clients.ask("connect", Flow.port(uris), uris);
            double after = heap(receiver.ask("heap"), 0);
            System.out.printf(
                    "%nour receiver's heap after a collection with %,d idle sessions, a connection each: %,.1f MB, was %,.1f%n",
                    IDLE_SESSIONS, after, before);
        } catch (IOException e) {
            System.out.println(
                    "idle sessions: not measured (too few open files allowed? see ulimit -n): " + e.getMessage());
        }
    }
}
