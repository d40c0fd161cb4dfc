package im.deferred.core;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A range of IP addresses: one address, or a CIDR block (RFC 4632, RFC 4291 §2.3).
 *
 * @param network the block's first address
 * @param prefix how many leading bits count, 0 to 32 or 128
 */
public record AddressRange(InetAddress network, int prefix) {

    private static final String LITERAL = "[0-9.]{7,15}|\\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9]+)?]?";

    /**
     * Reads {@code 192.0.2.1}, {@code 192.0.2.0/24}, {@code ::1} or {@code 2001:db8::/32}.
     *
     * @throws IllegalArgumentException if it is none of these; a host name is none, since it would be looked up
     */
    public static AddressRange parse(String text) {
        String[] parts = text.trim().split("/", 2);
        InetAddress network = address(parts[0]);
        int bits = network.getAddress().length * 8;
        try {
            int prefix = parts.length == 1 ? bits : Integer.parseInt(parts[1]);
            if (prefix >= 0 && prefix <= bits) {
                return new AddressRange(network, prefix);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no CIDR block", e);
        }
        throw new IllegalArgumentException("'" + text + "' is no CIDR block");
    }

    /** Whether the address is in the range; an IPv4 address is in no IPv6 range. */
    public boolean contains(InetAddress address) {
        byte[] own = network.getAddress();
        byte[] other = address.getAddress();
        int whole = prefix / 8;
        if (own.length != other.length || !Arrays.equals(own, 0, whole, other, 0, whole)) {
            return false;
        }
        int mask = (0xff00 >> prefix % 8) & 0xff;
        return mask == 0 || (own[whole] & mask) == (other[whole] & mask);
    }

    /** Whether it is the literal IP address of a host, rather than a name. */
    static boolean isAddress(String host) {
        return host.matches(LITERAL);
    }

    /**
     * An address by its digits, never by a look-up.
     *
     * @throws IllegalArgumentException if it is no literal IP address
     */
    static InetAddress address(String literal) {
        if (!isAddress(literal)) {
            throw new IllegalArgumentException("'" + literal + "' is no IP address");
        }
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("'" + literal + "' is no IP address", e);
        }
    }
}
