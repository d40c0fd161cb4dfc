package im.deferred.lab;

import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;

/**
 * The lab as the launcher uses it: the core, Alice and Bob beside a running server, and the flow of the seed between them,
 * printed as a ladder. After the flow Bob stays registered, and whatever still happens is printed too, until {@link #close()}.
 */
public final class Lab implements AutoCloseable {

    /** The port at which the server expects the core, unless it is told otherwise. */
    public static final int CORE_PORT = 5060;

    private static final String HOST = "127.0.0.1";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GOODBYE_LIMIT = Duration.ofSeconds(2);

    private final SipCore core;
    private final User alice;
    private final User bob;
    private final Ladder ladder;
    private final Duration patience;

    /**
     * Starts the core at 127.0.0.1 and the port (0 for a free one), and Alice and Bob on free ports.
     * {@link java.io.UncheckedIOException} says which port is busy.
     *
     * @param asSip where the server listens for SIP, UDP and TCP
     * @param out where the ladder goes
     */
    public Lab(InetSocketAddress asSip, int corePort, PrintStream out) {
        this(asSip, corePort, out, PATIENCE);
    }

    Lab(InetSocketAddress asSip, int corePort, PrintStream out, Duration patience) {
        this.patience = patience;
        Clock clock = Clock.systemUTC();
        core = new SipCore(new InetSocketAddress(HOST, corePort), new Trace(clock), clock).as(asSip);
        alice = new User(core, "sip:alice@example.test");
        bob = new User(core, "sip:bob@example.test");
        ladder = new Ladder(out, ZoneId.systemDefault());
        core.trace().listen(new FlowRecord(ladder::print));
    }

    /** The core's URI as the server's {@code deferred-im.core.uri} wants it. */
    public String coreUri() {
        return core.routeUri();
    }

    /** Plays the flow; true only when each of the 13 steps was seen on the wire and every message came whole. */
    public boolean play() {
        long start = System.nanoTime();
        if (core.contacts(bob.aor()) > 0) {
            bob.deregister();
        }
        ladder.note("Core " + core.uri() + ", AS " + core.asUri() + ", Alice " + alice.contactUri() + ", Bob "
                + bob.contactUri());
        List<String> failures = new MainFlow(core, alice, bob, ladder, patience).play();
        ladder.note("");
        core.trace().problems().forEach(problem -> ladder.note("Noted: " + problem));
        failures.forEach(ladder::note);
        if (failures.isEmpty()) {
            ladder.note("All 13 steps were seen on the wire, and every message came whole and in order ("
                    + Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0 + " s).");
        } else {
            ladder.note("The flow is not complete: " + failures.size() + " failures.");
        }
        return failures.isEmpty();
    }

    /** Ends Bob's registration, so that the server does not take him for reachable, and closes all sockets. */
    @Override
    public void close() {
        ladder.end();
        if (core.contacts(bob.aor()) > 0) {
            int told = core.thirdPartyAnswers().size();
            bob.deregister();
            core.thirdPartyAnswers().find(answer -> core.thirdPartyAnswers().size() > told, GOODBYE_LIMIT);
        }
        alice.close();
        bob.close();
        core.close();
    }
}
