package im.deferred.it;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All that goes over some ports of the loopback interface, as tshark captures it. */
final class WireTap implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final List<String> FIELDS = List.of(
            "frame.time_epoch",
            "tcp.srcport",
            "udp.srcport",
            "tcp.dstport",
            "udp.dstport",
            "tcp.payload",
            "udp.payload",
            "_ws.malformed");

    private final ExternalProgram tshark;

    /** Begins to listen at these ports, UDP and TCP. */
    WireTap(List<Integer> sip, List<Integer> msrp, Path directory) {
        List<String> command = new ArrayList<>(List.of("tshark", "-i", "lo", "-n", "-l", "-f"));
        command.add(Stream.concat(sip.stream(), msrp.stream())
                .map(port -> "port " + port)
                .collect(Collectors.joining(" or ")));
        sip.forEach(port ->
                command.addAll(List.of("-d", "udp.port==" + port + ",sip", "-d", "tcp.port==" + port + ",sip")));
        msrp.forEach(port -> command.addAll(List.of("-d", "tcp.port==" + port + ",msrp")));
        command.addAll(List.of("-T", "fields"));
        FIELDS.forEach(field -> command.addAll(List.of("-e", field)));
        tshark = new ExternalProgram("tshark", directory, command);
        String start = tshark.lines()
                .await(line -> line.contains("Capture started") || line.startsWith("tshark: "), "of its start", LIMIT);
        if (!start.contains("Capture started")) {
            throw new AssertionError(String.join("\n", tshark.lines().all()));
        }
    }

    /** All that was captured, as soon as something has come that fits. Nothing of it is malformed, as far as tshark can tell. */
    List<Packet> until(Predicate<Packet> last) {
        tshark.lines().await(line -> packet(line).filter(last).isPresent(), "with the last packet", LIMIT);
        return tshark.lines().all().stream()
                .flatMap(line -> packet(line).stream())
                .toList();
    }

    /** Empty for what is no line of a packet, or of one that carries nothing. */
    private static Optional<Packet> packet(String line) {
        String[] fields = line.split("\t", -1);
        if (fields.length != FIELDS.size() || (fields[5] + fields[6]).isEmpty()) {
            return Optional.empty();
        }
        if (!fields[7].isEmpty()) {
            throw new AssertionError("malformed: " + line);
        }
        return Optional.of(new Packet(
                Packet.time(fields[0]),
                !fields[1].isEmpty(),
                Integer.parseInt(fields[1] + fields[2]),
                Integer.parseInt(fields[3] + fields[4]),
                HexFormat.of().parseHex(fields[5] + fields[6])));
    }

    @Override
    public void close() {
        tshark.close();
    }
}
