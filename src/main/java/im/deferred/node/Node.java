package im.deferred.node;

import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node among those that share the database, and what it has claimed.
 *
 * <p>A node has a row, which it renews three times in a lease. Whoever sees it unchanged for a whole lease deletes it, and all claims of
 * that node with it. A node that was only slow finds its row gone: what it does under a claim from before is refused
 * ({@link #held(EntityManager, Collection)}), and it joins again under another number. By its own clock it knows before that its lease has
 * run out ({@link #holds}).
 *
 * <p>Safe for use by many threads. Methods that use the database throw {@link PersistenceException} if it fails; then nothing was changed.
 */
public final class Node implements AutoCloseable {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of(NodeRow.class, ClaimRow.class);

    private static final Logger log = LoggerFactory.getLogger(Node.class);

    private static final int BEATS_IN_A_LEASE = 3;

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
    private volatile boolean closed;
    private volatile NodeListener listener = new NodeListener() {
        @Override
        public void workIsLeft() {}

        @Override
        public void asked(String what, Ask ask) {}
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
        join(entityManager -> entityManager
                .createQuery("delete from Node n where n.name = :name")
                .setParameter("name", name)
                .executeUpdate());
    }

    private void join(Function<EntityManager, Integer> before) {
        long begun = nanoTime.getAsLong();
        number = entities.callInTransaction(entityManager -> {
            before.apply(entityManager);
            NodeRow row = new NodeRow(name);
            entityManager.persist(row);
            return row.number();
        });
        leasedUntil = begun + lease;
        log.info("node {} is number {}", name, number);
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
        long interval = lease / BEATS_IN_A_LEASE;
        timer.scheduleWithFixedDelay(this::beat, interval, interval, TimeUnit.NANOSECONDS);
    }

    /** Renews the lease, and sees what the other nodes do. */
    synchronized void beat() {
        if (closed) {
            return;
        }
        try {
            if (!renew()) {
                log.error("node {} was taken for dead, and what it had claimed is another's now", number);
                join(entityManager -> 0);
                listener.workIsLeft();
            }
            lookAtOthers();
            List.copyOf(unreleased)
                    .forEach(claim -> release(claim).ifPresent(ask -> listener.asked(claim.what(), ask)));
            asks().forEach(asked ->
                    listener.asked(asked.claim().what(), asked.asked().orElseThrow()));
        } catch (RuntimeException e) {
            log.warn("node {} cannot renew its lease: {}", number, e.toString());
        }
    }

    private boolean renew() {
        long begun = nanoTime.getAsLong();
        boolean there = update("update Node n set n.beat = n.beat + 1 where n.number = :me");
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
        OtherNodes.Change change = others.look(there, nanoTime.getAsLong());
        boolean buried = false;
        for (NodeRow dead : change.dead()) {
            buried |= bury(dead);
        }
        if (buried || change.left()) {
            listener.workIsLeft();
        }
    }

    /** Unless it has beaten meanwhile. */
    private boolean bury(NodeRow dead) {
        boolean buried = entities.callInTransaction(entityManager -> entityManager
                        .createQuery("delete from Node n where n.number = :number and n.beat = :beat")
                        .setParameter("number", dead.number())
                        .setParameter("beat", dead.beat())
                        .executeUpdate())
                == 1;
        if (buried) {
            log.warn("node {} ({}) has not renewed its lease: what it had claimed is free", dead.number(), dead.name());
        }
        return buried;
    }

    private List<ClaimRow> asks() {
        return entities.callInTransaction(entityManager -> entityManager
                .createQuery("from Claim c where c.node = :me and c.asked is not null", ClaimRow.class)
                .setParameter("me", number)
                .getResultList());
    }

    /** Calls upon the other nodes to see whether there is work that nobody has claimed: this one does not do it. */
    public void call() {
        update("update Node n set n.calls = n.calls + 1 where n.number = :me");
    }

    private boolean update(String query) {
        return entities.callInTransaction(entityManager -> entityManager
                        .createQuery(query)
                        .setParameter("me", number)
                        .executeUpdate())
                == 1;
    }

    /**
     * Claims a work for this node, or keeps the claim that it has.
     *
     * @param ask what the node is asked for that has claimed it
     * @return empty if another node has
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

    /** Asks the node that has claimed a work, if it is another one. */
    public void ask(String what, Ask ask) {
        entities.runInTransaction(entityManager -> entityManager
                .createQuery("update Claim c set c.asked = :ask where c.what = :what and c.node <> :me")
                .setParameter("ask", ask)
                .setParameter("what", what)
                .setParameter("me", number)
                .executeUpdate());
    }

    private static boolean claim(EntityManager entityManager, Claim claim, Ask ask) {
        ClaimRow row = entityManager.find(ClaimRow.class, claim.what(), LockModeType.PESSIMISTIC_WRITE);
        if (row == null) {
            entityManager.persist(new ClaimRow(claim));
            return true;
        }
        boolean ours = row.claim().node() == claim.node();
        if (ours) {
            row.renew(claim);
        } else if (ask != null) {
            row.ask(ask);
        }
        return ours;
    }

    /**
     * Gives a claim back. If that fails it is tried again when the lease is renewed.
     *
     * @return what other nodes asked for since it was made
     */
    public Optional<Ask> release(Claim claim) {
        try {
            Optional<Ask> asked = entities.callInTransaction(entityManager -> {
                Optional<ClaimRow> row = Optional.ofNullable(
                                entityManager.find(ClaimRow.class, claim.what(), LockModeType.PESSIMISTIC_WRITE))
                        .filter(each -> each.claim().equals(claim));
                row.ifPresent(entityManager::remove);
                return row.flatMap(ClaimRow::asked);
            });
            unreleased.remove(claim);
            return asked;
        } catch (PersistenceException e) {
            log.warn("the claim on {} is given back later: {}", claim.what(), e.toString());
            unreleased.add(claim);
            return Optional.empty();
        }
    }

    /** Whether a claim of this node is surely still its own, by its own clock. Does not use the database. */
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
        Set<Claim> inForce = entityManager
                .createQuery("from Claim c where c.what in :whats order by c.what", ClaimRow.class)
                .setParameter("whats", claims.stream().map(Claim::what).collect(Collectors.toSet()))
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultStream()
                .map(ClaimRow::claim)
                .collect(Collectors.toSet());
        inForce.retainAll(Set.copyOf(claims));
        return inForce;
    }

    /** Leaves: what this node has claimed is free at once. */
    @Override
    public synchronized void close() {
        closed = true;
        update("delete from Node n where n.number = :me");
    }
}
