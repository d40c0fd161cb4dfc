package im.deferred.lab;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The flow of the seed between endpoints that are not the lab's, read from what went over their sockets on one host: its messages, its
 * steps, and its ladder.
 */
public final class OverheardFlow {

    private static final String CORE = "Core";

    private final Map<Integer, String> names;
    private final FlowRecord record;
    private final List<FlowRecord.Entry> entries = new ArrayList<>();
    private final Map<List<Integer>, Connection> connections = new HashMap<>();

    private static final class Connection {
        final ByteQueue bytes = new ByteQueue();
        final MsrpFramer framer = new MsrpFramer();
        boolean isMsrp;
    }

    /**
     * Nothing yet.
     *
     * @param names of the ports where endpoints listen: {@code Core}, {@code AS}, and the users'; of others they are learned from the Via
     *     of their requests
     * @param out where the ladder goes
     */
    public OverheardFlow(Map<Integer, String> names, PrintStream out) {
        this.names = new HashMap<>(names);
        Ladder ladder = new Ladder(out, ZoneId.systemDefault());
        record = new FlowRecord(entry -> {
            entries.add(entry);
            ladder.print(entry);
        });
        ladder.heading("Seen on the wire:");
    }

    /** A datagram from the one port to the other; {@link IllegalArgumentException} when it is no SIP message. */
    public void datagram(Instant at, int from, int to, byte[] bytes) {
        if (bytes.length > 4) { // shorter ones are keep-alives
            sip(at, from, to, SipMessage.parse(bytes));
        }
    }

    /** What came next on a connection from the one port to the other; {@link IllegalArgumentException} when it is neither SIP nor MSRP. */
    public void segment(Instant at, int from, int to, byte[] bytes) {
        Connection connection = connections.computeIfAbsent(List.of(from, to), ports -> new Connection());
        connection.bytes.add(ByteBuffer.wrap(bytes));
        connection.isMsrp |= connection.bytes.indexOf(new byte[] {'M', 'S', 'R', 'P', ' '}, 0) == 0;
        if (connection.isMsrp) {
            for (Optional<MsrpFrame> frame = connection.framer.next(connection.bytes);
                    frame.isPresent();
                    frame = connection.framer.next(connection.bytes)) {
                record.accept(new Trace.Seen(at, name(to), name(from), name(to), frame.get()));
            }
        } else {
            for (Optional<byte[]> message = SipFramer.next(connection.bytes);
                    message.isPresent();
                    message = SipFramer.next(connection.bytes)) {
                sip(at, from, to, SipMessage.parse(message.get()));
            }
        }
    }

    private void sip(Instant at, int from, int to, SipMessage message) {
        if (message.isRequest()) {
            message.topVia()
                    .address()
                    .map(address -> names.get(address.getPort()))
                    .ifPresent(name -> names.putIfAbsent(from, name));
        }
        if (!message.method().equals("OPTIONS")) { // with which the core asks who is there
            record.accept(new Trace.Seen(at, CORE, name(from), name(to), message));
        }
    }

    private String name(int port) {
        return names.getOrDefault(port, Integer.toString(port));
    }

    /** What was seen, each message once, without provisional 100 and OPTIONS. */
    public List<Trace.Seen> seen() {
        return entries.stream().map(FlowRecord.Entry::seen).toList();
    }

    /** The numbers of the steps that were seen, in the order of the wire, each as often as it was. */
    public List<Integer> steps() {
        return entries.stream()
                .flatMap(entry -> entry.step().stream())
                .map(Step::number)
                .toList();
    }
}
