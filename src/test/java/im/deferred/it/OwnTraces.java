package im.deferred.it;

import im.deferred.lab.Inbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What the programs themselves say of it: Kamailio of SIP, by its module {@code siptrace}, and Bob of MSRP. */
final class OwnTraces implements WireTap {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int HEADER = 28;

    private final DatagramSocket socket;
    private final Inbox<Packet> sip = new Inbox<>("packets that Kamailio tells of", () -> "");

    OwnTraces() {
        try {
            socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, "kamailio-trace");
        reader.setDaemon(true);
        reader.start();
    }

    @Override
    public String configuration() {
        return """

                loadmodule "siptrace.so"
                modparam("siptrace", "trace_to_database", 0)
                modparam("siptrace", "trace_on", 1)
                modparam("siptrace", "trace_mode", 1)
                modparam("siptrace", "hep_mode_on", 1)
                modparam("siptrace", "hep_version", 2)
                modparam("siptrace", "duplicate_uri", "sip:127.0.0.1:%d")
                """.formatted(socket.getLocalPort());
    }

    private void read() {
        DatagramPacket datagram = new DatagramPacket(new byte[65_535], 65_535);
        try {
            while (!socket.isClosed()) {
                socket.receive(datagram);
                sip.add(packet(Arrays.copyOf(datagram.getData(), datagram.getLength())));
            }
        } catch (IOException e) {
            if (!socket.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** HEP, version 2: ports in the order of the network, the time in that of the machine. */
    private static Packet packet(byte[] bytes) {
        ByteBuffer header = ByteBuffer.wrap(bytes);
        int from = Short.toUnsignedInt(header.getShort(4));
        int to = Short.toUnsignedInt(header.getShort(6));
        header.order(ByteOrder.nativeOrder());
        Instant at = Instant.ofEpochSecond(header.getInt(16), 1000L * header.getInt(20));
        return new Packet(at, false, from, to, Arrays.copyOfRange(bytes, HEADER, bytes.length));
    }

    @Override
    public List<Packet> until(Predicate<Packet> last, PythonBob bob) {
        sip.await(last, "the last one", LIMIT);
        Stream<Packet> msrp = bob.wire().all().stream()
                .filter(packet -> packet.connected() && packet.from() != bob.port() && packet.to() != bob.port());
        return Stream.concat(sip.all().stream(), msrp)
                .sorted(Comparator.comparing(Packet::at))
                .toList();
    }

    @Override
    public void close() {
        socket.close();
    }

    @Override
    public String toString() {
        return "Kamailio and Bob: tshark is not installed, or may not capture";
    }
}
