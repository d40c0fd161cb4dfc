package im.deferred.node;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceException;
import jakarta.persistence.Query;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node among those that share the database, and what it has claimed.
 *
 * <p>A node has a row, which it renews every few seconds. Whoever sees it unchanged for a whole lease deletes it, and all claims of
 * that node with it. A node that was only slow finds its row gone: what it does under a claim from before is refused
 * ({@link #held(EntityManager, Collection)}), and it joins again under another number. By its own clock it knows before that its lease has
 * run out ({@link #holds}).
 *
 * <p>Safe for use by many threads. Methods that use the database throw {@link PersistenceException} if it fails, unless they say otherwise.
 */
public final class Node implements AutoCloseable {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of(NodeRow.class, ClaimRow.class, WorkLeft.class);

    private static final Logger log = LoggerFactory.getLogger(Node.class);

    private static final int BEATS_IN_A_LEASE = 3;
    private static final int TIMEOUT_MILLIS = 2000;

    /** Others may wait for an answer to what they ask. */
    private static final long LONGEST_INTERVAL = Duration.ofSeconds(5).toNanos();

    /** How often a claim is tried when another node makes the same one at the same moment. */
    private static final int MAX_ATTEMPTS = 3;

    private final EntityManagerFactory entities;
    private final String name;
    private final long lease;
    private final LongSupplier nanoTime;
    private final OtherNodes others;
    private final Set<Claim> unreleased = ConcurrentHashMap.newKeySet();
    private final AtomicLong serials = new AtomicLong();
    private volatile long number;
    private volatile long leasedUntil;
    /** How often work had been left when this node last looked. */
    private long timesLeft;

    private volatile boolean closed;
    private volatile NodeListener listener = new NodeListener() {
        @Override
        public void workIsLeft() {}

        @Override
        public void asked(Claim claim, Ask ask) {}
    };

    /**
     * Joins, in place of a node of the same name: what that one had claimed is free.
     *
     * @param entities the database, with {@link #ENTITIES} in it
     * @param name the same at each start of this node, and no other's
     * @param lease how long this node may be silent before the others take its work
     * @param nanoTime a clock that only goes forward, in nanoseconds
     */
    public Node(EntityManagerFactory entities, String name, Duration lease, LongSupplier nanoTime) {
        this.entities = entities;
        this.name = name;
        this.lease = lease.toNanos();
        this.nanoTime = nanoTime;
        this.others = new OtherNodes(this.lease);
        join(entityManager -> leave(
                entityManager,
                entityManager
                        .createQuery("delete from Node n where n.name = :name")
                        .setParameter("name", name)));
    }

    private void join(Consumer<EntityManager> before) {
        long begun = nanoTime.getAsLong();
        number = entities.callInTransaction(entityManager -> {
            before.accept(entityManager);
            timesLeft = timesLeft(entityManager);
            // H2 may let a claim in whose node is being deleted.
            entityManager
                    .createQuery("delete from Claim c where c.node not in (select n.number from Node n)")
                    .executeUpdate();
            NodeRow row = new NodeRow(name);
            entityManager.persist(row);
            return row.number();
        });
        leasedUntil = begun + lease;
        log.debug("joined as {}", this);
    }

    /** Tells the listener from now on; there is one. */
    public void listen(NodeListener one) {
        listener = one;
    }

    /**
     * Renews the lease in time from now on.
     *
     * @param timer its thread waits for the database
     */
    public void start(ScheduledExecutorService timer) {
        long interval = Math.min(lease / BEATS_IN_A_LEASE, LONGEST_INTERVAL);
        timer.scheduleWithFixedDelay(this::beat, interval, interval, TimeUnit.NANOSECONDS);
    }

    /** Renews the lease, and sees what the other nodes do. */
    synchronized void beat() {
        if (closed) {
            return;
        }
        try {
            if (!renew()) {
                log.error("node {} was taken for dead, and what it had claimed is another's now", this);
                join(entityManager -> {});
                listener.workIsLeft();
            }
            List.copyOf(unreleased).forEach(claim -> release(claim).ifPresent(ask -> listener.asked(claim, ask)));
            asks().forEach(row -> listener.asked(row.claim(), row.asked().orElseThrow()));
            lookAtOthers();
        } catch (RuntimeException e) {
            log.warn("node {} cannot renew its lease, or cannot see what others ask: {}", this, e.toString());
        }
    }

    private boolean renew() {
        long begun = nanoTime.getAsLong();
        boolean there = entities.callInTransaction(entityManager -> soon(entityManager.createQuery(
                                "update Node n set n.beat = n.beat + 1 where n.number = :me"))
                        .setParameter("me", number)
                        .executeUpdate())
                == 1;
        if (there) {
            leasedUntil = begun + lease;
        }
        return there;
    }

    private void lookAtOthers() {
        List<NodeRow> there = entities.callInTransaction(entityManager -> entityManager
                .createQuery("from Node n where n.number <> :me", NodeRow.class)
                .setParameter("me", number)
                .getResultList());
        others.dead(there, nanoTime.getAsLong()).forEach(this::bury);
        long times = entities.callInTransaction(Node::timesLeft);
        if (times != timesLeft) {
            timesLeft = times;
            listener.workIsLeft();
        }
    }

    /** Unless it has beaten meanwhile. */
    private void bury(NodeRow dead) {
        try {
            boolean buried = entities.callInTransaction(entityManager -> leave(
                    entityManager,
                    entityManager
                            .createQuery("delete from Node n where n.number = :number and n.beat = :beat")
                            .setParameter("number", dead.number())
                            .setParameter("beat", dead.beat())));
            if (buried) {
                log.warn(
                        "node {} ({}) has not renewed its lease: what it had claimed is free",
                        dead.number(),
                        dead.name());
            }
        } catch (PersistenceException e) {
            // It may have frozen in a transaction, which the database has yet to end.
            log.warn("node {} ({}) has not renewed its lease, but stays: {}", dead.number(), dead.name(), e.toString());
        }
    }

    /** A node goes, if it is there, and its work is left to the others. */
    private static boolean leave(EntityManager entityManager, Query delete) {
        boolean gone = soon(delete).executeUpdate() > 0;
        if (gone) {
            leaveWork(entityManager);
        }
        return gone;
    }

    /** A count, since whoever leaves may be gone again before another has looked. */
    private static void leaveWork(EntityManager entityManager) {
        soon(entityManager.createQuery("update WorkLeft w set w.times = w.times + 1"))
                .executeUpdate();
    }

    private static long timesLeft(EntityManager entityManager) {
        return entityManager.find(WorkLeft.class, WorkLeft.ID).times();
    }

    private List<ClaimRow> asks() {
        return entities.callInTransaction(entityManager -> entityManager
                .createQuery("from Claim c where c.node = :me and c.asked is not null", ClaimRow.class)
                .setParameter("me", number)
                .getResultList());
    }

    /** Calls upon the nodes, this one among them, to see whether there is work that nobody has claimed. */
    public void call() {
        entities.runInTransaction(Node::leaveWork);
    }

    /**
     * Claims a work for this node, or keeps the claim that it has.
     *
     * @param ask what the node is asked for that has claimed it
     * @return empty if another node has
     * @throws PersistenceException if the database fails; should it have been claimed, it is given back later
     */
    public Optional<Claim> claim(String what, Ask ask) {
        Claim claim = new Claim(what, number, serials.incrementAndGet());
        for (int attempt = 1; ; attempt++) {
            try {
                boolean ours = entities.callInTransaction(entityManager -> claim(entityManager, claim, ask));
                return ours ? Optional.of(claim) : Optional.empty();
            } catch (PersistenceException e) {
                if (attempt == MAX_ATTEMPTS) {
                    unreleased.add(claim); // it may have been committed
                    throw e;
                }
                log.debug("{} is claimed once more", what, e);
            }
        }
    }

    /** The same, with nothing to ask for. */
    public Optional<Claim> claim(String what) {
        return claim(what, null);
    }

    /** Asks the node that has claimed a work, if it is another one; not for {@link Ask#MORE}. */
    public void ask(String what, Ask ask) {
        entities.runInTransaction(entityManager -> soon(entityManager.createQuery(
                        "update Claim c set c.asked = :ask where c.what = :what and c.node <> :me"))
                .setParameter("ask", ask)
                .setParameter("what", what)
                .setParameter("me", number)
                .executeUpdate());
    }

    private static boolean claim(EntityManager entityManager, Claim claim, Ask ask) {
        List<ClaimRow> rows = locked(entityManager, Set.of(claim.what()));
        if (rows.isEmpty()) {
            entityManager.persist(new ClaimRow(claim));
            return true;
        }
        ClaimRow row = rows.get(0);
        boolean ours = row.claim().node() == claim.node();
        if (ours) {
            row.renew(claim);
        } else if (ask != null) {
            row.ask(ask);
        }
        return ours;
    }

    /**
     * Gives a claim back. If the database fails it is tried again when the lease is renewed.
     *
     * @return what other nodes asked for since it was made
     */
    public Optional<Ask> release(Claim claim) {
        try {
            Optional<Ask> asked = entities.callInTransaction(entityManager -> {
                Optional<ClaimRow> row = locked(entityManager, Set.of(claim.what())).stream()
                        .filter(each -> each.claim().equals(claim))
                        .findFirst();
                row.ifPresent(entityManager::remove);
                return row.flatMap(ClaimRow::asked);
            });
            unreleased.remove(claim);
            return asked;
        } catch (RuntimeException e) {
            log.warn("the claim on {} is given back later: {}", claim.what(), e.toString());
            unreleased.add(claim);
            return Optional.empty();
        }
    }

    /** Whether a claim is still this node's, by its own clock: the last word has the database. */
    public boolean holds(Claim claim) {
        return claim.node() == number && !closed && nanoTime.getAsLong() - leasedUntil < 0;
    }

    /**
     * Those claims that are in force, which stay so until the transaction ends: what is changed in it for one of the others is to be left
     * alone.
     */
    public static Set<Claim> held(EntityManager entityManager, Collection<Claim> claims) {
        if (claims.isEmpty()) {
            return Set.of();
        }
        Set<Claim> inForce =
                locked(entityManager, claims.stream().map(Claim::what).collect(Collectors.toSet())).stream()
                        .map(ClaimRow::claim)
                        .collect(Collectors.toSet());
        inForce.retainAll(Set.copyOf(claims));
        return inForce;
    }

    private static List<ClaimRow> locked(EntityManager entityManager, Set<String> whats) {
        return soon(entityManager.createQuery("from Claim c where c.what in :whats order by c.what", ClaimRow.class))
                .setParameter("whats", whats)
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultList();
    }

    /** A node that froze in a transaction keeps its locks until the database ends that: nobody is to wait for it so long. */
    private static <Q extends Query> Q soon(Q query) {
        query.setHint("jakarta.persistence.query.timeout", TIMEOUT_MILLIS);
        return query;
    }

    /** Its name and number. */
    @Override
    public String toString() {
        return name + " (" + number + ")";
    }

    /** Leaves: what this node has claimed is free at once. */
    @Override
    public synchronized void close() {
        closed = true;
        entities.runInTransaction(entityManager -> leave(
                entityManager,
                entityManager
                        .createQuery("delete from Node n where n.number = :me")
                        .setParameter("me", number)));
    }
}
