package im.deferred.core;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.ListIterator;
import java.util.Set;
import javax.servlet.sip.Address;
import javax.servlet.sip.ServletParseException;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipFactory;
import javax.servlet.sip.SipServletMessage;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipURI;
import javax.servlet.sip.URI;
import javax.servlet.sip.ar.SipApplicationRoutingDirective;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SIP/IP core as the server sees it: the addresses that may speak for users, the domains whose users are served, and
 * the Route on which every request of the server's own leaves (FLOW.md, steps 2 and 6; RFC 3261 §8.1.2).
 */
public final class SipIpCore {

    /** A request of this size or more, in octets, leaves over TCP (RFC 3261 §18.1.1: the path's MTU is not known). */
    public static final int MAX_UDP_REQUEST = 1300;

    /** What the container and we put into a request beside what it carries on, in octets: a careful guess. */
    private static final int OWN_HEADERS = 500;

    private static final Logger log = LoggerFactory.getLogger(SipIpCore.class);

    private final SipFactory factory;
    private final SipURI route;
    private final URI identity;
    private final String userAgent;
    private final List<AddressRange> trusted;
    private final Set<String> domains;

    /**
     * @param factory the container's factory
     * @param route where requests go first: a SIP URI, with {@code lr} for a loose router
     * @param trusted addresses and CIDR blocks that may speak for users
     * @param domains the domains served, in lower case
     * @param identity the server's own URI, its From and P-Asserted-Identity
     * @param product name and version for User-Agent
     * @throws IllegalArgumentException if a URI cannot be read
     */
    public SipIpCore(
            SipFactory factory,
            String route,
            List<AddressRange> trusted,
            Set<String> domains,
            String identity,
            String product) {
        this.factory = factory;
        this.trusted = List.copyOf(trusted);
        this.domains = Set.copyOf(domains);
        this.userAgent = "IM-serv/OMA1.0 " + product;
        try {
            this.route = (SipURI) factory.createURI(route);
            this.identity = factory.createURI(identity);
        } catch (ServletParseException | ClassCastException e) {
            throw new IllegalArgumentException("the core's or the server's own URI is no SIP URI", e);
        }
    }

    /** Whether the message came from an address that may speak for users. */
    public boolean trusts(SipServletMessage message) {
        return trusts(message.getRemoteAddr());
    }

    /** Whether a literal IP address may speak for users. */
    public boolean trusts(String address) {
        try {
            InetAddress from = AddressRange.address(address);
            return trusted.stream().anyMatch(range -> range.contains(from));
        } catch (IllegalArgumentException e) {
            log.warn("not trusted: {}", e.getMessage());
            return false;
        }
    }

    /** Whether the user belongs to a served domain; a {@code tel:} identity belongs to whoever the core sends it to. */
    public boolean serves(Aor user) {
        return user.domain().map(domains::contains).orElse(true);
    }

    /** An application session of its own for requests that nobody asked for. */
    public SipApplicationSession newApplicationSession() {
        return factory.createApplicationSession();
    }

    /**
     * A request from the server itself to a user, on its way through the core: From and P-Asserted-Identity are the
     * server's own identity, Request-URI and To the user's.
     */
    public SipServletRequest requestTo(Aor user, String method, SipApplicationSession session) {
        SipServletRequest request = factory.createRequest(session, method, identity, uri(user));
        request.setHeader("P-Asserted-Identity", "<" + identity + ">");
        request.setHeader("User-Agent", userAgent);
        request.pushRoute(route);
        return request;
    }

    /**
     * A request that goes on in place of one that came in: same From, To and Request-URI, on the Route that the core left in
     * it (TS 24.229 §5.7.3: the Route names the session case), or else on the configured one.
     *
     * @param size of the headers and the body that it carries on, in octets; decides about UDP or TCP
     */
    public SipServletRequest onward(SipServletRequest original, SipApplicationSession session, int size)
            throws ServletParseException {
        Address from = (Address) original.getFrom().clone();
        from.removeParameter("tag");
        Address to = (Address) original.getTo().clone();
        SipServletRequest request = factory.createRequest(session, original.getMethod(), from, to);
        request.setRequestURI(original.getRequestURI());
        ListIterator<Address> routes = original.getAddressHeaders("Route");
        if (!routes.hasNext()) {
            request.pushRoute(sized(route, size));
            return request;
        }
        while (routes.hasNext()) {
            routes.next();
        }
        while (routes.hasPrevious()) {
            SipURI next = (SipURI) routes.previous().getURI();
            request.pushRoute(routes.hasPrevious() ? next : sized(next, size));
        }
        return request;
    }

    /**
     * A request that goes on to a user long after the one that it stands for came in: its From and To, on the configured Route. The
     * original's Route is not good any more.
     *
     * @param from the original's From in full, as {@code to} is its To
     * @param size of the headers and the body that it carries on, in octets; decides about UDP or TCP
     */
    public SipServletRequest later(
            Aor user, String method, String from, String to, SipApplicationSession session, int size)
            throws ServletParseException {
        SipServletRequest request = factory.createRequest(session, method, untagged(from), untagged(to));
        request.setRequestURI(uri(user));
        request.pushRoute(sized(route, size));
        return request;
    }

    private Address untagged(String full) throws ServletParseException {
        Address address = factory.createAddress(full);
        address.removeParameter("tag");
        return address;
    }

    /**
     * Sends an initial request out of this application, never back into it. Containers differ in what they route: one takes the
     * directive that the others refuse.
     */
    public void send(SipServletRequest initial) throws IOException {
        try {
            initial.setRoutingDirective(SipApplicationRoutingDirective.CONTINUE, null);
        } catch (IllegalStateException e) {
            log.trace("this container needs no routing directive", e);
        }
        initial.send();
    }

    private URI uri(Aor user) {
        try {
            return factory.createURI(user.uri());
        } catch (ServletParseException e) {
            throw new IllegalArgumentException("not a URI: " + user, e);
        }
    }

    private static SipURI sized(SipURI route, int size) {
        if (size + OWN_HEADERS < MAX_UDP_REQUEST || route.getTransportParam() != null) {
            return route;
        }
        SipURI overTcp = (SipURI) route.clone();
        overTcp.setTransportParam("tcp");
        return overTcp;
    }
}
