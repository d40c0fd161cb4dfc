package im.deferred.app;

import im.deferred.console.Metrics;
import im.deferred.console.Readiness;
import im.deferred.console.api.Api;
import im.deferred.console.api.MessagesResource;
import im.deferred.console.api.UsersResource;
import im.deferred.console.jmx.Management;
import im.deferred.core.SipIpCore;
import im.deferred.message.Expiry;
import im.deferred.message.IncomingMessages;
import im.deferred.message.Inventory;
import im.deferred.message.MessageStore;
import im.deferred.message.Notifications;
import im.deferred.message.Outlet;
import im.deferred.message.PageMode;
import im.deferred.message.Spools;
import im.deferred.message.Submissions;
import im.deferred.node.Node;
import im.deferred.push.PushLimits;
import im.deferred.push.Pushes;
import im.deferred.registration.RegEvents;
import im.deferred.registration.Registrar;
import im.deferred.registration.Registrations;
import im.deferred.session.IncomingSessions;
import im.deferred.session.Sessions;
import im.deferred.settings.RelayAccounts;
import im.deferred.settings.UserSettings;
import im.deferred.summary.Subscriptions;
import im.deferred.summary.SummaryLimits;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.servlet.ServletContext;
import javax.servlet.sip.SipFactory;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipURI;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of one node, put together and started from the ground up, stopped from the top down. The servlets find theirs in
 * the servlet context, each under the name of its class.
 */
final class Server implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Server.class);

    private static final int WORKERS = 8;

    private final Configuration configuration;
    private final ServletContext context;
    private final Clock clock = Clock.systemUTC();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Deque<String> attributes = new ArrayDeque<>();

    // What several rooms need, from the ground up; each is there when the one above it is built.
    private Pool pool;
    private EntityManagerFactory entities;
    private ExecutorService workers;
    private ScheduledExecutorService timer;
    private Node node;
    private MsrpNode msrp;
    private String host;
    private Registrations registrations;
    private UserSettings settings;
    private SipIpCore core;
    private MessageStore store;
    private Spools spools;
    private Sessions sessions;
    private Pushes pushes;
    private Subscriptions subscriptions;
    private Outlet outlet;
    private Expiry expiry;
    private IncomingSessions incomingSessions;

    private Server(Configuration configuration, ServletContext context) {
        this.configuration = configuration;
        this.context = context;
    }

    /**
     * Starts a node.
     *
     * @throws StartException if it cannot: what was started by then is stopped again
     */
    static Server start(Configuration configuration, ServletContext context) {
        Server server = new Server(configuration, context);
        try {
            server.build();
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e instanceof StartException
                    ? e
                    : new StartException("the server does not start: " + e.getMessage(), e);
        }
    }

    /** Ways out before ways in, so that whatever comes can leave; the console last: who is told that it is ready may ask for anything. */
    private void build() {
        ground();
        waysOut();
        waysIn();
        console();
        long interval = configuration.message().expiryInterval().toMillis();
        timer.scheduleWithFixedDelay(() -> workers.execute(this::sweep), interval, interval, TimeUnit.MILLISECONDS);
        pushes.resume();
        log.info(
                "started: identity {}, core {}, MSRP {}, database {}, node {}",
                configuration.identity(),
                configuration.core().uri(),
                msrp,
                configuration.database(),
                node);
    }

    /** The database and what lies in it, the threads, MSRP, the core. */
    private void ground() {
        parts.push(Pool::deregisterDrivers);
        pool = close(Pool.open(
                configuration.database(), WORKERS + 8, configuration.node().lease()));
        entities = openDatabase();
        node = close(node());
        node.start(close(Threads.timer("lease")));
        registrations = new Registrations(entities, clock);
        settings = new UserSettings(
                entities, configuration.push().byDefault(), configuration.push().pageMode());
        store = close(new MessageStore(
                entities,
                clock,
                MessageStore.Limits.of(
                                configuration.user().quota(),
                                configuration.message().maxSize())
                        .withQuotaOctets(configuration.user().quotaSize())));
        spools = spools();
        host = msrpHost();
        msrp = close(new MsrpNode(configuration, host));
        workers = close(Threads.workers(WORKERS));
        timer = close(Threads.timer("timer"));
        core = new SipIpCore(
                        (SipFactory) context.getAttribute(SipServlet.SIP_FACTORY),
                        configuration.core().uri(),
                        configuration.core().trusted(),
                        configuration.domains(),
                        configuration.identity(),
                        "deferred-im/" + version())
                .withOwners(registrations::ownerOf);
    }

    /** Sessions that the server opens, the pushes in them, and what users are told of what waits. */
    private void waysOut() {
        sessions = new Sessions(
                core,
                msrp.endpoint(),
                msrp.open(new RelayCredentials(new RelayAccounts(entities), workers), workers),
                msrp.fingerprints(),
                timer,
                configuration.push().answerTimeout());
        pushes = new Pushes(
                registrations,
                settings,
                store,
                node,
                sessions::invite,
                new PageMode(core, store, timer)::send,
                settings::allowsPageMode,
                new PushLimits(
                        configuration.push().idle(),
                        configuration.push().window(),
                        configuration.push().concurrent()),
                configuration.push().retryFirst(),
                configuration.push().retryMost(),
                () -> ThreadLocalRandom.current().nextDouble(),
                clock,
                timer,
                workers);
        node.listen(pushes);
        settings.listen((user, now) -> pushes.settingChanged(user));
        subscriptions = new Subscriptions(core, store::count, SummaryLimits.DEFAULTS, clock, timer, workers);
        pushes.whenEnded(subscriptions::changed);
        offer(subscriptions);
        outlet = new SummarizedOutlet(pushes, subscriptions::changed);
    }

    /** Registrations, messages and sessions from the core. */
    private void waysIn() {
        Registrar registrar = new Registrar(core, registrations, clock);
        registrar.listen(pushes);
        if (configuration.core().regEvent()) {
            registrar.follow(close(new RegEvents(
                    core, registrations, registrar::tell, RegEvents.MAX_SUBSCRIPTIONS, timer, workers, clock)));
        }
        offer(registrar);
        Notifications notifications = new Notifications(
                core,
                store,
                registrations::isRegistered,
                outlet,
                timer,
                workers,
                clock,
                new Notifications.Limits(
                        Notifications.Limits.WAITING,
                        configuration.message().lifetime(),
                        configuration.message().answerTimeout()));
        expiry = new Expiry(store, notifications, Expiry.TELLING);
        offer(new IncomingMessages(
                core,
                store,
                registrations::isRegistered,
                outlet,
                timer,
                workers,
                clock,
                new IncomingMessages.Limits(
                        configuration.message().maxSize(),
                        configuration.message().lifetime(),
                        configuration.message().answerTimeout(),
                        host)));
        incomingSessions = close(new IncomingSessions(
                core,
                sessions,
                store,
                spools,
                registrations::isRegistered,
                outlet,
                timer,
                workers,
                clock,
                new IncomingSessions.Limits(
                        configuration.message().maxSize(),
                        configuration.message().lifetime(),
                        configuration.session().answerTimeout(),
                        configuration.session().confirmTimeout(),
                        configuration.session().idle(),
                        configuration.session().max(),
                        configuration.session().window())));
        close(pushes); // before the sessions end in which it sends
        incomingSessions.pulledBy(pushes);
        offer(incomingSessions);
    }

    /** What operators and applications see. */
    private void console() {
        Management readiness = close(new Management(
                ManagementFactory.getPlatformMBeanServer(),
                store,
                registrations,
                pushes,
                () -> store.isWriting() ? pool.problem() : Optional.of("the message store has stopped")));
        Submissions submissions = new Submissions(
                core, store, outlet, clock, configuration.message().lifetime(), host);
        Inventory inventory = new Inventory(entities, clock);
        MessagesResource messages = new MessagesResource(
                submissions,
                spools,
                store,
                inventory,
                user -> {
                    pushes.released(user);
                    subscriptions.changed(user);
                },
                expiry::end,
                subscriptions::changed,
                configuration.message().maxSize());
        offer(core);
        offer(store);
        offer(expiry);
        offer(registrations);
        offer(pushes);
        offer(inventory);
        offer(close(new Metrics(store, registrations, pushes, incomingSessions::live, subscriptions::live)));
        offer(new Api(core, readiness, messages, new UsersResource(core, registrations, settings, store)));
        offer(Readiness.class, readiness);
    }

    /** Where large messages grow until they are whole. */
    private Spools spools() {
        try {
            return new Spools(
                    configuration.dataDir().resolve("spool"),
                    Spools.Limits.of(configuration.message().maxSize()));
        } catch (UncheckedIOException e) {
            throw new StartException(
                    "deferred-im.data-dir = '%s': %s".formatted(configuration.dataDir(), e.getMessage()), e);
        }
    }

    private EntityManagerFactory openDatabase() {
        try {
            return close(Database.open(pool.dataSource()));
        } catch (FlywayException | PersistenceException e) {
            throw new StartException(
                    "the database %s cannot be used: %s".formatted(configuration.database(), StartException.root(e)),
                    e);
        }
    }

    private Node node() {
        String name = configuration.node().name();
        return new Node(
                entities,
                name.isEmpty() ? hostName() + ":" + configuration.msrp().port() : name,
                configuration.node().lease(),
                System::nanoTime);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            log.warn("this host does not know its name: {}", e.getMessage());
            return "localhost";
        }
    }

    /** The configured host, or else the address on which the container listens for SIP. */
    private String msrpHost() {
        if (!configuration.msrp().host().isEmpty()) {
            return configuration.msrp().host();
        }
        List<?> interfaces = (List<?>) context.getAttribute(SipServlet.OUTBOUND_INTERFACES);
        return interfaces.stream()
                .map(SipURI.class::cast)
                .findFirst()
                .map(SipURI::getHost)
                .map(host -> host.replaceAll("[\\[\\]]", "")) // of an IPv6 address
                .orElseThrow(() -> new StartException("the container listens for SIP nowhere", null));
    }

    /** One node does it for all, as long as it lives. */
    private void sweep() {
        try {
            if (node.claim("expiry").isPresent()) {
                expiry.sweep();
                registrations.removeExpired();
            }
        } catch (RuntimeException e) {
            log.error("what is expired stays for now", e);
        }
    }

    @Override
    public void close() {
        attributes.forEach(context::removeAttribute);
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                log.warn("{} does not close", part, e);
            }
        }
    }

    private void offer(Object part) {
        offer(part.getClass(), part);
    }

    private <T> void offer(Class<? extends T> type, T part) {
        context.setAttribute(type.getName(), part);
        attributes.push(type.getName());
    }

    private <T extends AutoCloseable> T close(T part) {
        parts.push(part);
        return part;
    }

    private <T extends ExecutorService> T close(T threads) {
        parts.push(() -> Threads.close(threads));
        return threads;
    }

    private static String version() {
        return Optional.ofNullable(Server.class.getPackage().getImplementationVersion())
                .orElse("0.1");
    }
}
