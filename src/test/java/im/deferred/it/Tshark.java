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

/** What tshark captures. */
final class Tshark implements WireTap {

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

    private Tshark(ExternalProgram tshark) {
        this.tshark = tshark;
    }

    /** Begins to capture what goes over these ports, UDP and TCP; empty where it is not installed or may not capture. */
    static Optional<WireTap> at(List<Integer> sip, List<Integer> msrp, Path directory) {
        if (ExternalProgram.find("tshark").isEmpty()) {
            return Optional.empty();
        }
        List<String> command = new ArrayList<>(List.of("tshark", "-i", "lo", "-n", "-l", "-f"));
        command.add(Stream.concat(sip.stream(), msrp.stream())
                .map(port -> "port " + port)
                .collect(Collectors.joining(" or ")));
        sip.forEach(port ->
                command.addAll(List.of("-d", "udp.port==" + port + ",sip", "-d", "tcp.port==" + port + ",sip")));
        msrp.forEach(port -> command.addAll(List.of("-d", "tcp.port==" + port + ",msrp")));
        command.addAll(List.of("-T", "fields"));
        FIELDS.forEach(field -> command.addAll(List.of("-e", field)));
        Tshark tap = new Tshark(new ExternalProgram("tshark", directory, command));
        if (!tap.tshark.says(line -> line.contains("Capture started"), LIMIT)) {
            tap.close();
            return Optional.empty();
        }
        return Optional.of(tap);
    }

    @Override
    public String configuration() {
        return "";
    }

    /** Nothing of it is malformed, as far as tshark can tell. */
    @Override
    public List<Packet> until(Predicate<Packet> last, PythonBob bob) {
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

    @Override
    public String toString() {
        return "tshark";
    }
}
