package im.deferred.lab;

import java.net.InetSocketAddress;
import java.util.Optional;

/** Where a SIP message goes next, and by what. */
record Hop(Transport transport, InetSocketAddress address) {

    /** RFC 3261 §18.1.1: what is larger goes by a transport with congestion control. */
    private static final int DATAGRAM_LIMIT = 1300;

    /** What the Via of the sender will add. */
    private static final int VIA_ROOM = 100;

    /**
     * The hop of a URI whose host is an address: by the transport that the URI names, else by the preferred one, and never a
     * large request by UDP.
     */
    static Optional<Hop> of(SipUri uri, Transport preferred, int size) {
        String named = uri.parameters().getOrDefault("transport", "");
        boolean tcp = named.isEmpty() ? preferred == Transport.TCP : named.equalsIgnoreCase("tcp");
        return uri.address()
                .map(address ->
                        new Hop(tcp || size + VIA_ROOM > DATAGRAM_LIMIT ? Transport.TCP : Transport.UDP, address));
    }
}
