package im.deferred.model;

import im.deferred.core.AddressRange;
import im.deferred.core.Aor;
import im.deferred.core.SipIpCore;
import im.deferred.core.TestClock;
import im.deferred.message.Expiry;
import im.deferred.message.IncomingMessages;
import im.deferred.message.MessageStore;
import im.deferred.message.Notifications;
import im.deferred.message.PageMode;
import im.deferred.message.SipDouble;
import im.deferred.message.Spools;
import im.deferred.message.SteppedStore;
import im.deferred.message.Submissions;
import im.deferred.node.Nodes;
import im.deferred.push.Inviter;
import im.deferred.push.PushLimits;
import im.deferred.push.Pushes;
import im.deferred.registration.Registrar;
import im.deferred.registration.Registrations;
import im.deferred.session.CallToAbsentUser;
import im.deferred.settings.DeliverySetting;
import im.deferred.settings.UserSettings;
import jakarta.persistence.EntityManagerFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** The rooms of one server process, put together as the server does it. When it dies, what it had in memory goes with it. */
final class Node {

    static final int QUOTA = 12;
    static final Duration LIFETIME = Duration.ofMinutes(40);
    static final Duration SEEN = Duration.ofMinutes(5);

    /** The largest message in a session, and what all together may have while they come. */
    static final int MAX_SIZE = 150_000;

    private static final int SPOOLS = 2 * MAX_SIZE;
    private static final int IN_MEMORY = 60;
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration NO_ANSWER = Duration.ofSeconds(20);
    private static final int WINDOW = 3;
    private static final int CONCURRENT = 2;
    private static final int BATCH = 4;
    private static final int QUEUE = 10;

    final Threads threads;
    final SipDouble container = new SipDouble();
    final Registrations registrations;
    final UserSettings settings;
    final SteppedStore stepped;
    final Pushes pushes;
    final Registrar registrar;
    final IncomingMessages messages;
    final Submissions submissions;
    final CallToAbsentUser calls;
    final Expiry expiry;

    Node(
            EntityManagerFactory entities,
            Path spools,
            TestClock clock,
            Threads threads,
            Inviter inviter,
            Predicate<Aor> pagesAllowed,
            RandomGenerator random) {
        this.threads = threads;
        SipIpCore core = new SipIpCore(
                container.factory(),
                "sip:127.0.0.1:5060;lr",
                List.of(AddressRange.parse("127.0.0.1")),
                Set.of("example.test"),
                "sip:im-server@example.test",
                "test/1");
        registrations = new Registrations(entities, clock);
        settings = new UserSettings(entities, DeliverySetting.PUSH, true);
        stepped = new SteppedStore(
                entities, clock, new MessageStore.Limits(QUOTA, 1 << 30, QUEUE, 1 << 20, BATCH, 1 << 20, SEEN));
        stepped.whenTaken(threads::waitFor);
        pushes = new Pushes(
                registrations,
                settings,
                stepped.store(),
                Nodes.alone(entities),
                inviter,
                new PageMode(core, stepped.store(), threads.timer())::send,
                pagesAllowed,
                new PushLimits(IDLE, WINDOW, CONCURRENT),
                Duration.ofSeconds(10),
                Duration.ofMinutes(30),
                random::nextDouble,
                clock,
                threads.timer(),
                threads.workers());
        registrar = new Registrar(core, registrations, clock);
        registrar.listen(pushes);
        messages = new IncomingMessages(
                core,
                stepped.store(),
                registrations::isRegistered,
                pushes,
                threads.timer(),
                threads.workers(),
                clock,
                new IncomingMessages.Limits(1 << 20, LIFETIME, NO_ANSWER, "im.example.test"));
        submissions = new Submissions(core, stepped.store(), pushes, clock, LIFETIME, "im.example.test");
        calls = new CallToAbsentUser(
                new Spools(spools, new Spools.Limits(IN_MEMORY, MAX_SIZE, SPOOLS)),
                stepped.store(),
                pushes,
                clock,
                LIFETIME,
                threads.workers());
        expiry = expiry(core, clock);
    }

    /** Nobody asks to be told of anything here. */
    private Expiry expiry(SipIpCore core, TestClock clock) {
        Notifications notifications = new Notifications(
                core,
                stepped.store(),
                registrations::isRegistered,
                pushes,
                threads.timer(),
                threads.workers(),
                clock,
                new Notifications.Limits(Notifications.Limits.WAITING, LIFETIME, NO_ANSWER));
        return new Expiry(stepped.store(), notifications, Expiry.TELLING);
    }

    MessageStore store() {
        return stepped.store();
    }
}
