package im.deferred.app;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import im.deferred.console.Metrics;
import im.deferred.console.Readiness;
import im.deferred.console.api.Api;
import im.deferred.console.api.MessagesResource;
import im.deferred.console.api.UsersResource;
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
import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpLimits;
import im.deferred.msrp.MsrpTls;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayAccess;
import im.deferred.msrp.RelayLimits;
import im.deferred.msrp.RelaySettings;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.servlet.ServletContext;
import javax.servlet.sip.SipFactory;
import javax.servlet.sip.SipServlet;
import javax.servlet.sip.SipURI;
import javax.sql.DataSource;
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
    private static final int DATABASE_SECONDS = 2;

    private final Configuration configuration;
    private final ServletContext context;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final Deque<String> attributes = new ArrayDeque<>();

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

    private void build() {
        Clock clock = Clock.systemUTC();
        DataSource dataSource = dataSource();
        EntityManagerFactory entities = openDatabase(dataSource);
        Registrations registrations = new Registrations(entities, clock);
        UserSettings settings = new UserSettings(
                entities, configuration.push().byDefault(), configuration.push().pageMode());
        MessageStore store = close(new MessageStore(
                entities,
                clock,
                MessageStore.Limits.of(
                                configuration.user().quota(),
                                configuration.message().maxSize())
                        .withQuotaOctets(configuration.user().quotaSize())));

        TlsIdentity identity = TlsIdentity.of(configuration);
        MsrpTls tls = new MsrpTls(identity.keys(), TlsIdentity.authorities(configuration.tls()));
        MsrpEndpoint msrp =
                close(new MsrpEndpoint(MsrpLimits.DEFAULTS, Runtime.getRuntime().availableProcessors(), tls));
        String host = msrpHost();
        listen(msrp, host, tls);

        ExecutorService workers = close(Executors.newFixedThreadPool(WORKERS, threads("worker")), "workers");
        ScheduledThreadPoolExecutor timer = close(new ScheduledThreadPoolExecutor(1, threads("timer")), "timer");
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        OwnAccount ownAccount = new OwnAccount(new RelayCredentials(new RelayAccounts(entities), workers));
        if (configuration.relay().enabled()) {
            msrp.relay(relay(host), ownAccount);
        }

        SipIpCore core = new SipIpCore(
                        (SipFactory) context.getAttribute(SipServlet.SIP_FACTORY),
                        configuration.core().uri(),
                        configuration.core().trusted(),
                        configuration.domains(),
                        configuration.identity(),
                        "deferred-im/" + version())
                .withOwners(registrations::ownerOf);
        Sessions sessions = new Sessions(
                core,
                msrp,
                new LocalEnds(
                        msrp,
                        host,
                        configuration.msrp(),
                        configuration.msrp().relay().map(relay -> relayAccess(relay, host, identity, ownAccount)),
                        workers),
                identity.fingerprints(),
                timer,
                configuration.push().answerTimeout());
        Pushes pushes = new Pushes(
                registrations,
                settings,
                store,
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

        Subscriptions subscriptions =
                new Subscriptions(core, store::count, SummaryLimits.DEFAULTS, clock, timer, workers);
        pushes.whenEnded(subscriptions::changed);
        settings.listen((user, now) -> pushes.settingChanged(user));
        offer(subscriptions);
        Outlet outlet = new SummarizedOutlet(pushes, subscriptions::changed);

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
        Expiry expiry = new Expiry(store, notifications, Expiry.TELLING);
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
        Spools spools = spools();
        IncomingSessions incomingSessions = close(new IncomingSessions(
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
        offer(store);
        offer(expiry);
        offer(registrations);
        offer(pushes);
        offer(close(new Metrics(store, registrations, pushes, incomingSessions::live, subscriptions::live)));
        Readiness readiness = () -> problem(dataSource, store);
        Inventory inventory = new Inventory(entities, clock);
        offer(inventory);
        offer(core);
        offer(new Api(
                core,
                readiness,
                new MessagesResource(
                        new Submissions(
                                core,
                                store,
                                outlet,
                                clock,
                                configuration.message().lifetime(),
                                host),
                        spools,
                        store,
                        inventory,
                        outlet,
                        expiry::end,
                        subscriptions::changed,
                        configuration.message().maxSize()),
                new UsersResource(core, registrations, settings, store)));
        offer(Readiness.class, readiness); // last: who is told that the server is ready may ask for anything

        timer.scheduleWithFixedDelay(
                () -> workers.execute(() -> sweep(expiry, registrations)),
                configuration.message().expiryInterval().toMillis(),
                configuration.message().expiryInterval().toMillis(),
                TimeUnit.MILLISECONDS);
        pushes.resume();
        log.info(
                "started: identity {}, core {}, MSRP {}:{}, over TLS {}, database {}",
                configuration.identity(),
                configuration.core().uri(),
                host,
                configuration.msrp().port(),
                configuration.msrp().tlsPort(),
                configuration.database());
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

    private DataSource dataSource() {
        Configuration.Database database = configuration.database();
        parts.push(Server::deregisterDrivers);
        try {
            if (!database.jndi().isEmpty()) {
                return InitialContext.doLookup(database.jndi());
            }
            registerDrivers();
            // Looked at once before there is a pool, which would try for long, and at length in the log.
            String url = withoutTraceFile(database.url());
            DriverManager.getConnection(url, database.user(), database.password())
                    .close();
            HikariConfig pool = new HikariConfig();
            pool.setPoolName("deferred-im");
            pool.setJdbcUrl(url);
            pool.setUsername(database.user());
            pool.setPassword(database.password());
            pool.setMaximumPoolSize(WORKERS + 8);
            pool.setConnectionTimeout(TimeUnit.SECONDS.toMillis(DATABASE_SECONDS));
            return close(new HikariDataSource(pool));
        } catch (NamingException | SQLException | RuntimeException e) {
            throw new StartException(
                    "the database %s cannot be opened: %s".formatted(database, StartException.firstLine(e)), e);
        }
    }

    /** H2 writes its errors, stack and all, into a file of its own as well, or where it cannot, to standard error. */
    private static String withoutTraceFile(String url) {
        boolean itsChoice =
                !url.startsWith("jdbc:h2:") || url.toUpperCase(Locale.ROOT).contains(";TRACE_LEVEL_FILE=");
        return itsChoice ? url : url + ";TRACE_LEVEL_FILE=0";
    }

    /** DriverManager looks for drivers once in a process: those of an application deployed later, or again, it never sees. */
    private static void registerDrivers() {
        ServiceLoader.load(Driver.class, Server.class.getClassLoader())
                .forEach(driver -> log.debug("driver {}", driver.getClass().getName()));
    }

    /** The drivers that came with this application must not outlive it. */
    private static void deregisterDrivers() throws SQLException {
        for (Driver driver : Collections.list(DriverManager.getDrivers())) {
            if (driver.getClass().getClassLoader() == Server.class.getClassLoader()) {
                DriverManager.deregisterDriver(driver);
            }
        }
    }

    private EntityManagerFactory openDatabase(DataSource dataSource) {
        try {
            return close(Database.open(dataSource));
        } catch (FlywayException | PersistenceException e) {
            throw new StartException(
                    "the database %s cannot be used: %s".formatted(configuration.database(), StartException.root(e)),
                    e);
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

    /** Listens on the host's own address if it is one of this machine, else (a public address before a NAT) on all. */
    private void listen(MsrpEndpoint msrp, String host, MsrpTls tls) {
        try {
            InetAddress named = InetAddress.getByName(host);
            InetAddress local = NetworkInterface.getByInetAddress(named) == null ? null : named;
            listen(msrp, local, "msrp.port", configuration.msrp().port(), null);
            listen(msrp, local, "msrp.tls-port", configuration.msrp().tlsPort(), tls);
        } catch (IOException e) {
            throw new StartException("deferred-im.msrp.host = '%s': %s".formatted(host, e.getMessage()), e);
        }
    }

    private static void listen(MsrpEndpoint msrp, InetAddress local, String key, int port, MsrpTls tls) {
        try {
            msrp.listen(new InetSocketAddress(local, port), tls);
        } catch (IOException e) {
            throw new StartException("deferred-im.%s = '%d': %s".formatted(key, port, e.getMessage()), e);
        }
    }

    private RelaySettings relay(String host) {
        Configuration.Relay relay = configuration.relay();
        MsrpUri uri = ownRelay(host);
        log.info("MSRP relay {}, realm {}", uri, relay.realm());
        return new RelaySettings(uri, relay.realm(), relay.authOverTcp(), RelayLimits.DEFAULTS);
    }

    /** The server's own relay, whether it is one or not. */
    private MsrpUri ownRelay(String host) {
        return new MsrpUri(true, host, configuration.msrp().tlsPort(), null);
    }

    /** The account at the relay that the server's own sessions go through; its own relay needs none that anybody made. */
    private Supplier<RelayAccess> relayAccess(MsrpUri relay, String host, TlsIdentity identity, OwnAccount ownAccount) {
        if (configuration.relay().enabled() && relay.equals(ownRelay(host))) {
            return ownAccount.at(relay, identity.fingerprints());
        }
        Configuration.Msrp configured = configuration.msrp();
        RelayAccess access = new RelayAccess(
                relay, Set.of(), configured.relayUser(), configured.relayPassword(), LocalEnds.RELAY_EXPIRES);
        return () -> access;
    }

    private static Optional<String> problem(DataSource dataSource, MessageStore store) {
        if (!store.isWriting()) {
            return Optional.of("the message store has stopped");
        }
        try (Connection connection = dataSource.getConnection()) {
            return connection.isValid(DATABASE_SECONDS)
                    ? Optional.empty()
                    : Optional.of("the database does not answer");
        } catch (SQLException e) {
            log.warn("the database does not answer: {}", e.getMessage());
            return Optional.of("the database does not answer");
        }
    }

    private static void sweep(Expiry expiry, Registrations registrations) {
        try {
            expiry.sweep();
            registrations.removeExpired();
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

    private <T extends ExecutorService> T close(T executor, String name) {
        parts.push(() -> {
            executor.shutdown();
            if (!executor.awaitTermination(DATABASE_SECONDS, TimeUnit.SECONDS)) {
                log.warn("{} are still busy", name);
                executor.shutdownNow();
            }
        });
        return executor;
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "deferred-im-" + name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler((failed, e) -> log.error("{} failed", failed.getName(), e));
            return thread;
        };
    }

    private static String version() {
        return Optional.ofNullable(Server.class.getPackage().getImplementationVersion())
                .orElse("0.1");
    }
}
