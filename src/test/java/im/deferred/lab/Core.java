package im.deferred.lab;

import java.net.InetSocketAddress;

/** A SIP/IP core as its users see it. */
public sealed interface Core permits SipCore, ForeignCore {

    /** Where it listens, UDP and TCP. */
    InetSocketAddress address();

    /** All that users of this core saw. */
    Trace trace();

    /** The thread of its users. */
    Loop loop();

    /** Its own URI. */
    default String uri() {
        return "sip:" + address().getAddress().getHostAddress() + ":"
                + address().getPort();
    }

    /** The first Route of what goes to it. */
    default String routeUri() {
        return uri() + ";lr";
    }
}
