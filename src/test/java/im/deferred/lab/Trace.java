package im.deferred.lab;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Everything the lab's endpoints saw on the wire, in the order in which they saw it. */
public final class Trace {

    private static final int TAIL = 25;

    /**
     * One message, sent or received.
     *
     * @param at when
     * @param by the name of the endpoint that saw it: a message between two endpoints of the lab is seen by both
     * @param from the sender's name, or its address where it has none
     * @param to the receiver's name, or its address
     * @param message what was seen
     */
    public record Seen(Instant at, String by, String from, String to, WireMessage message) {

        @Override
        public String toString() {
            return at + " " + from + " -> " + to + "  " + message.startLine();
        }
    }

    private final Clock clock;
    private final List<Seen> seen = new ArrayList<>();
    private final List<String> problems = new CopyOnWriteArrayList<>();
    private final List<Consumer<Seen>> listeners = new CopyOnWriteArrayList<>();
    private final Map<InetSocketAddress, String> names = new ConcurrentHashMap<>();

    /** An empty trace on the clock. */
    public Trace(Clock clock) {
        this.clock = clock;
    }

    /** Gives an address a name in place of any earlier one: the port of a device that is gone may be another's. */
    public void name(InetSocketAddress address, String name) {
        names.put(address, name);
    }

    /** Whoever had that name is not at the address any more: it may become another's. */
    void forget(InetSocketAddress address, String name) {
        names.remove(address, name);
    }

    boolean isNamed(InetSocketAddress address) {
        return names.containsKey(address);
    }

    String nameOf(InetSocketAddress address) {
        return names.getOrDefault(address, address.getAddress().getHostAddress() + ":" + address.getPort());
    }

    /** Tells the listener of all that is seen from now on, on the lab's own thread. */
    public void listen(Consumer<Seen> listener) {
        listeners.add(listener);
    }

    void sent(String by, String to, WireMessage message) {
        record(new Seen(clock.instant(), by, by, to, message));
    }

    void received(String by, String from, WireMessage message) {
        record(new Seen(clock.instant(), by, from, by, message));
    }

    private void record(Seen one) {
        synchronized (seen) {
            seen.add(one);
        }
        listeners.forEach(listener -> listener.accept(one));
    }

    Instant now() {
        return clock.instant();
    }

    /** Notes what no protocol message can say: broken input, a rule that a peer broke, a failure of the lab itself. */
    void problem(String what) {
        problems.add(clock.instant() + " " + what);
    }

    void failure(Exception failure) {
        problem(failure + " at " + failure.getStackTrace()[0]);
    }

    /** All messages so far. */
    public List<Seen> seen() {
        synchronized (seen) {
            return List.copyOf(seen);
        }
    }

    /** Rules that peers broke and failures of the lab itself; empty in a good run. */
    public List<String> problems() {
        return List.copyOf(problems);
    }

    /** The last messages and all problems, one a line: what a failed wait says. */
    public String tail() {
        List<Seen> all = seen();
        String last = all.subList(Math.max(0, all.size() - TAIL), all.size()).stream()
                .map(Seen::toString)
                .collect(Collectors.joining("\n  "));
        return "last on the wire (" + all.size() + " messages):\n  " + last
                + (problems.isEmpty() ? "" : "\nproblems:\n  " + String.join("\n  ", problems));
    }
}
