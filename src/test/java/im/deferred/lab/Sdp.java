package im.deferred.lab;

import java.util.List;
import java.util.Optional;

/**
 * A session description with one MSRP stream (RFC 4975 §8).
 *
 * @param lines all its lines
 */
public record Sdp(List<String> lines) {

    /** Keeps a copy of the lines. */
    public Sdp {
        lines = List.copyOf(lines);
    }

    /** Reads a description; lines may end in CRLF or LF. */
    public static Sdp parse(String text) {
        return new Sdp(
                text.lines().map(String::strip).filter(line -> !line.isEmpty()).toList());
    }

    /** The {@code m=message} lines without their {@code m=}. */
    public List<String> streams() {
        return lines.stream()
                .filter(line -> line.startsWith("m=message "))
                .map(line -> line.substring(2))
                .toList();
    }

    /** The value of the attribute; empty text for a flag such as {@code sendonly}. */
    public Optional<String> attribute(String name) {
        return lines.stream()
                .filter(line -> line.equals("a=" + name) || line.startsWith("a=" + name + ":"))
                .map(line -> line.substring(Math.min(line.length(), name.length() + 3))
                        .strip())
                .findFirst();
    }

    /** The {@code a=path}, which must be there. */
    List<MsrpUri> path() {
        return MsrpUri.path(attribute("path").orElseThrow(() -> new IllegalArgumentException("no a=path in the SDP")));
    }
}
