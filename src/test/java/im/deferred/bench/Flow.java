package im.deferred.bench;

import java.io.IOException;

/** What messages go through: a sender and a receiver, perhaps with a relay between them, each a process of its own. */
final class Flow implements AutoCloseable {
    private static final long RAMP_MILLIS = 300;

    final String name;
    final Child sender;
    final Child receiver;

    private Flow(String name, Part.Kind sender, Part.Kind receiver) throws IOException {
        this.name = name;
        this.sender = new Child(sender);
        this.receiver = new Child(receiver);
    }

    /** The sender connects to the receiver. */
    static Flow direct(String name, Part.Kind sender, Part.Kind receiver) throws IOException, InterruptedException {
        Flow flow = new Flow(name, sender, receiver);
        String from = sender == Part.Kind.PRODUCT_SENDER ? ProductSender.URI : BareSource.URI;
        String to = flow.receiver.ask("session", from);
        flow.sender.ask("connect", port(to), to);
        return flow;
    }

    /** The bare source connects to that relay on loopback, the relay to the bare sink. */
    static Flow relayed(String name, int relayPort) throws IOException, InterruptedException {
        Flow flow = new Flow(name, Part.Kind.BARE_SOURCE, Part.Kind.BARE_SINK);
        flow.sender.ask("relay", relayPort, flow.receiver.ask("session"));
        return flow;
    }

    static String port(String uri) {
        return uri.replaceFirst("^[a-z]+://[^:/]+:(\\d+).*", "$1");
    }

    /** Messages a second, as the receiver counts them in so long from a little after the sender's start. */
    double rate(int octets, int window, long millis) throws IOException, InterruptedException {
        sender.ask("start", octets, window);
        sender.work(RAMP_MILLIS);
        long[] first = count();
        sender.work(millis);
        long[] last = count();
        sender.ask("stop");
        return (last[0] - first[0]) * 1e9 / (last[1] - first[1]);
    }

    /** Messages, and nanoseconds by the receiver's clock. */
    private long[] count() throws IOException, InterruptedException {
        String[] count = receiver.ask("count").split(" ");
        return new long[] {Long.parseLong(count[0]), Long.parseLong(count[1])};
    }

    /** Octets a second of one message, from its sender's start to the last answer. */
    double throughput(long octets) throws IOException, InterruptedException {
        return octets * 1e9 / Long.parseLong(sender.ask("large", octets));
    }

    @Override
    public void close() {
        sender.close();
        receiver.close();
    }
}
