package im.deferred.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigDecimal;
import java.time.Instant;

/**
 * What went from one port of the loopback interface to another.
 *
 * @param connected whether on a TCP connection, of which it is a part; else it is whole
 */
record Packet(Instant at, boolean connected, int from, int to, byte[] bytes) {

    /** A time as programs write it: seconds since 1970, with a fraction. */
    static Instant time(String seconds) {
        BigDecimal[] parts = new BigDecimal(seconds).divideAndRemainder(BigDecimal.ONE);
        return Instant.ofEpochSecond(
                parts[0].longValue(), parts[1].movePointRight(9).longValue());
    }

    /** What it says, an octet a character. */
    String text() {
        return new String(bytes, ISO_8859_1);
    }
}
