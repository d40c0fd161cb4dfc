package im.deferred.lab;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The SIP/IP core: registrar and proxy for one domain. What users send to users goes to the AS first; what comes from the AS
 * goes to the contacts that are registered; each registration is told to the AS by a third-party REGISTER.
 */
public final class SipCore implements Core, AutoCloseable, SipEndpoint.Service {

    /** The user part of the Route by which a request comes back from the AS. */
    private static final String MARKER = "isc";

    private static final Set<String> OPENS_DIALOG = Set.of("INVITE", "SUBSCRIBE");

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(40);

    private final Trace trace;
    private final Loop loop;
    private final SipEndpoint endpoint;
    private final Registrar registrar;
    private final RegNotifier regNotifier;
    private final Map<ServerTransaction, Forwarding> forwardings = new HashMap<>();
    private final Set<String> domains = new LinkedHashSet<>(Set.of("example.test"));
    private final Inbox<SipMessage> thirdPartyAnswers;
    private int thirdPartyRequests;
    private volatile ThirdPartyRegister thirdParty = ThirdPartyRegister.standard();
    private final Set<InetSocketAddress> nodes = ConcurrentHashMap.newKeySet();
    private volatile InetSocketAddress as;
    private volatile int awayStatus = 480;

    /** A core on 127.0.0.1 and a free port, on the system's clock, with a trace of its own. */
    public SipCore() {
        this(new InetSocketAddress("127.0.0.1", 0), new Trace(Clock.systemUTC()), Clock.systemUTC());
    }

    /** A core at the address, port 0 for a free one; {@link java.io.UncheckedIOException} when it is busy. */
    public SipCore(InetSocketAddress bind, Trace trace, Clock clock) {
        this.trace = trace;
        loop = new Loop("lab", trace::failure);
        registrar = new Registrar(clock);
        thirdPartyAnswers = new Inbox<>("answers to third-party REGISTERs", trace::tail);
        try {
            endpoint = new SipEndpoint(loop, trace, "Core", bind, this);
            regNotifier = new RegNotifier(
                    endpoint, registrar, "sip:" + endpoint.transport().hostPort(), clock, trace);
        } catch (RuntimeException e) {
            loop.close();
            throw e;
        }
    }

    /** Sets where the AS listens for SIP; where it was before there is another node of it. */
    public SipCore as(InetSocketAddress address) {
        nodes.add(address);
        as = address;
        trace.name(address, "AS");
        return this;
    }

    /** Serves one more domain than {@code example.test}. */
    public SipCore domain(String name) {
        loop.run(() -> domains.add(name));
        return this;
    }

    /** Registers these AoRs together from now on, the first as the default identity. */
    public SipCore associate(String... aors) {
        loop.run(() -> registrar.associate(List.of(aors)));
        return this;
    }

    /** How the AS is told of registrations from now on. */
    public SipCore thirdParty(ThirdPartyRegister form) {
        thirdParty = form;
        return this;
    }

    /** The status for requests to a user without a contact, 480 unless set. */
    public SipCore whenAway(int status) {
        awayStatus = status;
        return this;
    }

    @Override
    public InetSocketAddress address() {
        return endpoint.transport().address();
    }

    @Override
    public Trace trace() {
        return trace;
    }

    /** The AS's final answers to the third-party REGISTERs, in the order in which they came. */
    public Inbox<SipMessage> thirdPartyAnswers() {
        return thirdPartyAnswers;
    }

    /** Waits until the AS has answered every third-party REGISTER that went out so far. */
    public void awaitThirdPartyAnswers(Duration limit) {
        thirdPartyAnswers.await(loop.call(() -> thirdPartyRequests), limit);
    }

    /** The registration event, which the core does not offer unless it is told to. */
    public RegNotifier regEvent() {
        return regNotifier;
    }

    /** How many contacts the AoR has now. */
    public int contacts(String aor) {
        return loop.call(() -> registrar.bindings(aor).size());
    }

    /** Sends the AS a third-party REGISTER without any client behind it, and returns the answer. */
    public SipMessage tellRegistered(String aor, int expires) {
        return request(thirdParty.withoutBody().request(asUri(), uri(), aor, expires, null, null), Transport.UDP);
    }

    /** Sends the AS any request as it is, but for the Via, and returns the final answer; 408 or 503 where none came. */
    public SipMessage request(SipMessage request, Transport transport) {
        CompletableFuture<SipMessage> answer = new CompletableFuture<>();
        loop.execute(() -> endpoint.send(request, new Hop(transport, as), response -> {
            if (response.status() >= 200) {
                answer.complete(response);
            }
        }));
        return Loop.join(answer, ANSWER_LIMIT);
    }

    /** A socket at the core's host, which the AS trusts, for requests written by hand. */
    public RawClient raw(Transport transport) {
        return new RawClient(transport, address().getAddress().getHostAddress(), as);
    }

    @Override
    public Loop loop() {
        return loop;
    }

    String asUri() {
        return "sip:" + as.getAddress().getHostAddress() + ":" + as.getPort();
    }

    @Override
    public void requested(ServerTransaction transaction) {
        SipMessage request = transaction.request();
        try {
            if (request.header("Max-Forwards").map(Integer::parseInt).orElse(70) == 0) {
                transaction.respond(483, "Too Many Hops");
            } else if (request.method().equals("REGISTER")) {
                register(transaction);
            } else if (request.method().equals("OPTIONS") && isOwn(request.requestUri())) {
                transaction.respond(200, "OK");
            } else if (request.method().equals("SUBSCRIBE") && isOwn(request.requestUri())) {
                regNotifier.subscribe(transaction);
            } else {
                route(transaction);
            }
        } catch (IllegalArgumentException e) {
            trace.problem("Core cannot route " + request.startLine() + ": " + e.getMessage());
            transaction.respond(400, "Bad Request");
        }
    }

    private void register(ServerTransaction transaction) {
        SipMessage request = transaction.request();
        SipUri aor = request.to().sipUri();
        if (!serves(aor)) {
            transaction.respond(404, "Not Found");
            return;
        }
        List<Registrar.Binding> before = registrar.bindings(aor.aor());
        SipMessage ok = registrar.register(request);
        transaction.respond(ok);
        if (as != null) {
            int granted = ok.all("Contact").stream()
                    .map(contact -> SipAddress.parse(contact).parameters().getOrDefault("expires", "0"))
                    .mapToInt(Integer::parseInt)
                    .max()
                    .orElse(0);
            SipMessage told = thirdParty.request(asUri(), uri(), aor.aor(), granted, request, ok);
            thirdPartyRequests++;
            endpoint.send(told, hop(asUri(), Transport.UDP, told), answer -> {
                if (answer.status() >= 200) {
                    thirdPartyAnswers.add(answer);
                }
            });
        }
        regNotifier.changed(aor.aor(), before, "unregistered");
    }

    private void route(ServerTransaction transaction) {
        SipMessage request = transaction.request();
        boolean fromAs = isFromAs(transaction);
        SipMessage onward = withoutOwnRoutes(request)
                .with(
                        "Max-Forwards",
                        Integer.toString(request.header("Max-Forwards")
                                        .map(Integer::parseInt)
                                        .orElse(70)
                                - 1));
        SipUri uri = SipUri.parse(request.requestUri());
        Transport by = transaction.peer().transport();
        if (!request.to().tag().isEmpty() || !serves(uri)) {
            forward(transaction, List.of(target(onward, by)));
            return;
        }
        SipMessage recorded =
                OPENS_DIALOG.contains(request.method()) ? onward.push("Record-Route", "<" + routeUri() + ">") : onward;
        if (fromAs || as == null) {
            toContacts(transaction, recorded, uri);
        } else {
            SipMessage asserted = recorded.without("P-Asserted-Identity")
                    .add("P-Asserted-Identity", "<" + request.from().sipUri().aor() + ">")
                    .push("Route", "<sip:" + MARKER + "@" + endpoint.transport().hostPort() + ";lr>")
                    .push("Route", "<" + asUri() + ";lr>");
            forward(transaction, List.of(target(asserted, by)));
        }
    }

    private void toContacts(ServerTransaction transaction, SipMessage request, SipUri uri) {
        List<Forwarding.Target> targets = new ArrayList<>();
        List<Registrar.Binding> bindings = uri.parameters().containsKey("gr")
                ? registrar.ofGruu(request.requestUri()).stream().toList()
                : registrar.bindings(uri.aor());
        for (Registrar.Binding binding : bindings) {
            targets.add(target(request.withUri(binding.uri()), Transport.UDP));
        }
        if (request.header("Event").filter("reg"::equals).isPresent()) {
            regNotifier.subscribe(transaction);
        } else if (targets.isEmpty()) {
            transaction.respond(awayStatus, "User is away");
        } else {
            forward(transaction, targets);
        }
    }

    private void forward(ServerTransaction transaction, List<Forwarding.Target> targets) {
        Forwarding forwarding = new Forwarding(endpoint, transaction);
        if (transaction.request().method().equals("INVITE")) {
            forwardings.put(transaction, forwarding);
            loop.after(ClientTransaction.LIFE.multipliedBy(6), () -> forwardings.remove(transaction)); // timer C
        }
        forwarding.start(targets);
    }

    /** The next hop: the first Route that is left, else the Request-URI (RFC 3261 §16.6, steps 6 and 7). */
    private Forwarding.Target target(SipMessage request, Transport preferred) {
        String next = request.header("Route")
                .map(route -> SipAddress.parse(route).uri())
                .orElse(request.requestUri());
        return new Forwarding.Target(request, hop(next, preferred, request));
    }

    private static Hop hop(String uri, Transport preferred, SipMessage request) {
        return Hop.of(SipUri.parse(uri), preferred, request.toBytes().length)
                .orElseThrow(() -> new IllegalArgumentException("no address in " + uri));
    }

    @Override
    public void acknowledged(SipMessage ack) {
        try {
            Forwarding.Target target = target(withoutOwnRoutes(ack), Transport.UDP);
            endpoint.sendOnce(target.request(), target.hop());
        } catch (IllegalArgumentException e) {
            trace.problem("Core cannot route " + ack.startLine() + ": " + e.getMessage());
        }
    }

    @Override
    public void cancelled(ServerTransaction invite) {
        Optional.ofNullable(forwardings.get(invite)).ifPresent(Forwarding::cancel);
    }

    private SipMessage withoutOwnRoutes(SipMessage request) {
        SipMessage rest = request;
        while (rest.header("Route")
                .filter(route -> isOwn(SipAddress.parse(route).uri()))
                .isPresent()) {
            rest = rest.pop("Route");
        }
        return rest;
    }

    private boolean isOwn(String uri) {
        return SipUri.parse(uri).address().equals(Optional.of(address()));
    }

    private boolean serves(SipUri uri) {
        return uri.scheme().equals("tel") || domains.contains(uri.host());
    }

    /** By the address it came from, by its Via (over TCP its port is any), or by the Route that the core had put there. */
    private boolean isFromAs(ServerTransaction transaction) {
        SipMessage request = transaction.request();
        return nodes.contains(transaction.peer().address())
                || request.topVia().address().filter(nodes::contains).isPresent()
                || request.header("Route")
                        .map(route -> SipAddress.parse(route).sipUri())
                        .filter(route -> route.user().equals(MARKER))
                        .isPresent();
    }

    @Override
    public void close() {
        endpoint.close();
        loop.close();
    }
}
