package im.deferred.message;

import im.deferred.core.Aor;
import im.deferred.node.Claim;
import im.deferred.node.ClaimLostException;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Keeps what waits, in the database.
 *
 * <p><b>What is stored is durable.</b> All changes are made by one thread, which commits together what came together. The
 * outcome of {@link #store} comes only after that commit returned. On PostgreSQL a commit is durable (with
 * {@code synchronous_commit} and {@code fsync} on, as they are by default). On H2 it is not: with {@code WRITE_DELAY=0} a
 * commit writes its pages to the file, so that they survive the death of the process, and without it not even that; the
 * file is never forced to the disk. So on H2 every commit that stores messages is followed by {@code CHECKPOINT SYNC}, which
 * writes out what is left and calls {@code fsync}, before anybody is told: a stored message also survives the loss of power,
 * as far as the disk keeps its word. (H2 allows that statement to its administrators only; who creates a database is one.) A
 * database in memory keeps nothing, of course.
 *
 * <p>If {@code CHECKPOINT SYNC} itself fails, or the connection is lost in the middle of a commit, the store fails although
 * the message may be there: rather twice than never.
 *
 * <p>Deletions and holds are committed, but not forced: after a crash a delivered message may be there again and is then
 * sent again, with the same Message-ID.
 *
 * <p>Ids rise in the order of storing on one node. Where several share the database, those of a commit are above all that were there when it
 * began; of two commits at the same moment either may have the lower ones, and who has seen one of these looks for the other once more at
 * the end.
 *
 * <p>All methods may be called from any thread. Those that read throw {@link jakarta.persistence.PersistenceException} when
 * the database cannot be read.
 */
public final class MessageStore implements AutoCloseable {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES =
            List.of(MessageRow.class, PieceRow.class, SeenRow.class, SubmissionRow.class);

    /** The size of the pieces in which bodies are kept, in octets. */
    public static final int PIECE = 64 * 1024;

    /**
     * How much is taken.
     *
     * @param quota stored messages per recipient, at least 1
     * @param quotaOctets what the bodies of these may have together, in octets, at least 1
     * @param queue changes that may wait to be committed, at least 1
     * @param queueOctets what these may take of the memory, in octets; a body that is in a file takes none
     * @param batch changes in one commit, at least 1
     * @param batchOctets a commit is full when its messages are larger than this, in octets
     * @param memory how long copies of a message that came and left again are known as copies; longer than a SIP
     *     transaction lives (RFC 3261 §17.1.2.2: 32 s)
     */
    public record Limits(
            int quota, long quotaOctets, int queue, long queueOctets, int batch, long batchOctets, Duration memory) {

        /** @throws IllegalArgumentException if one is out of its bounds */
        public Limits {
            Objects.requireNonNull(memory, "memory");
            if (quota < 1
                    || quotaOctets < 1
                    || queue < 1
                    || queueOctets < 1
                    || batch < 1
                    || batchOctets < 1
                    || memory.isNegative()) {
                throw new IllegalArgumentException("limits of the message store are positive");
            }
        }

        /**
         * The usual: 100 MB a recipient, 10,000 changes and 64 MB may wait, 256 changes or 4 MB make a commit, copies are known for 5
         * minutes.
         *
         * @param maxSize the largest message, in octets: where 64 MB are too few, two of these may wait
         */
        public static Limits of(int quota, long maxSize) {
            long octets = Math.max(64L << 20, 2 * (maxSize + MessageWriter.Store.BESIDE_THE_BODY));
            return new Limits(quota, 100L << 20, 10_000, octets, 256, 4L << 20, Duration.ofMinutes(5));
        }

        /** The same with another quota of octets. */
        public Limits withQuotaOctets(long octets) {
            return new Limits(quota, octets, queue, queueOctets, batch, batchOctets, memory);
        }
    }

    private static final int RANDOM_OCTETS = 16;

    private final EntityManagerFactory entities;
    private final Clock clock;
    private final Limits limits;
    private final GroupCommit<MessageWriter.Work> commits;
    private final SecureRandom random = new SecureRandom();
    /** The copy keys of what is being stored. */
    private final Set<String> arriving = ConcurrentHashMap.newKeySet();

    private volatile Function<NewMessage, Runnable> watcher = message -> () -> {};

    /** Opens the store and starts its writing thread. The entities stay the caller's to close, after the store. */
    public MessageStore(EntityManagerFactory entities, Clock clock, Limits limits) {
        this(
                entities,
                clock,
                limits,
                new GroupCommit<>("message-store", limits, new MessageWriter(entities, clock, limits)::write));
    }

    /** @param commits with its writing thread, which is started here */
    MessageStore(EntityManagerFactory entities, Clock clock, Limits limits, GroupCommit<MessageWriter.Work> commits) {
        this.entities = entities;
        this.clock = clock;
        this.limits = limits;
        this.commits = commits;
        commits.start();
    }

    /**
     * Stores a message once, durably: copies (same recipient, Call-ID, {@linkplain NewMessage#identity identity} and body) of one that is
     * stored, or that came and left within {@link Limits#memory}, are not stored again. The body is read by the writing thread, until the
     * outcome is told.
     *
     * @return what became of it, after the commit; fails with {@link StoreBusyException} when too much waits, with another
     *     {@link RuntimeException} when it could not be written. Completed by the writing thread: whoever does more than a
     *     little in answer does it on another one.
     */
    public CompletionStage<Stored> store(NewMessage message) {
        return store(message, Optional.empty());
    }

    /** The same, for one that is also known by the key under which it was submitted. */
    CompletionStage<Stored> store(NewMessage message, Optional<Once> once) {
        CompletableFuture<Stored> done = new CompletableFuture<>();
        try {
            String key = message.copyKey();
            if (arriving.add(key)) {
                done.whenComplete((stored, failure) -> arriving.remove(key));
            }
            Runnable whenKept = watcher.apply(message);
            done.thenAccept(stored -> {
                if (stored instanceof Stored.Kept) {
                    whenKept.run();
                }
            });
            commits.submit(new MessageWriter.Store(message, key, once, newMessageId(), done));
        } catch (UncheckedIOException | IllegalStateException e) {
            done.completeExceptionally(e); // the body cannot be read
        }
        return done;
    }

    /**
     * Is told of every message that is to be stored from now on, in the thread that brings it, and says what is to be done when it has
     * been; that is run by the writing thread.
     */
    void watch(Function<NewMessage, Runnable> each) {
        watcher = each;
    }

    /**
     * Whether a message is a copy of one that is stored or being stored, or was stored within {@link Limits#memory}: two looks at unique
     * keys.
     */
    boolean isCopy(NewMessage message) {
        String key = message.copyKey();
        return arriving.contains(key)
                || read(manager -> Stream.of("Message", "SeenMessage")
                        .anyMatch(where -> !manager.createQuery(
                                        "select c.copyKey from " + where + " c where c.copyKey = :key", String.class)
                                .setParameter("key", key)
                                .getResultList()
                                .isEmpty()));
    }

    /** Messages for a recipient, oldest first, that are not held and not expired, and come after one of them (or 0). */
    public List<DeferredMessage> waiting(Aor recipient, long afterId, int limit) {
        return read(manager -> manager.createQuery(
                        "from Message m where m.recipient = :recipient and m.held = false and m.id > :after"
                                + " and m.expiresAt > :now order by m.id",
                        MessageRow.class)
                .setParameter("recipient", recipient.uri())
                .setParameter("after", afterId)
                .setParameter("now", clock.instant())
                .setMaxResults(limit)
                .getResultStream()
                .map(MessageRow::value)
                .toList());
    }

    /** Whether a message for the recipient waits that is not held and not expired. */
    public boolean anyWaiting(Aor recipient) {
        return read(manager -> !manager.createQuery(
                        "select m.id from Message m where m.recipient = :recipient and m.held = false"
                                + " and m.expiresAt > :now",
                        Long.class)
                .setParameter("recipient", recipient.uri())
                .setParameter("now", clock.instant())
                .setMaxResults(1)
                .getResultList()
                .isEmpty());
    }

    /** Everybody for whom {@link #anyWaiting} is true. */
    public List<Aor> recipientsWaiting() {
        return read(manager -> manager.createQuery(
                        "select distinct m.recipient from Message m where m.held = false and m.expiresAt > :now",
                        String.class)
                .setParameter("now", clock.instant())
                .getResultStream()
                .map(Aor::new)
                .toList());
    }

    /** How many messages are held, for all users. */
    public long countHeld() {
        return read(manager -> manager.createQuery("select count(m) from Message m where m.held = true", Long.class)
                .getSingleResult());
    }

    /** How many messages are stored and not held. */
    public long countWaiting() {
        return read(manager -> manager.createQuery("select count(m) from Message m where m.held = false", Long.class)
                .getSingleResult());
    }

    /** What is stored for the recipient, in numbers. */
    public MessageCounts count(Aor recipient) {
        Instant now = clock.instant();
        List<Object[]> rows = read(manager -> manager.createQuery(
                        "select m.held, count(m), min(m.expiresAt), sum(case when lower(m.headers) like :urgent"
                                + " or lower(m.headers) like :emergency then 1L else 0L end)"
                                + " from Message m where m.recipient = :recipient and m.expiresAt > :now group by m.held",
                        Object[].class)
                .setParameter("recipient", recipient.uri())
                .setParameter("now", now)
                .setParameter("urgent", "%\npriority: urgent\n%")
                .setParameter("emergency", "%\npriority: emergency\n%")
                .getResultList());
        long[] all = new long[2];
        long[] urgent = new long[2];
        for (Object[] row : rows) {
            int group = (Boolean) row[0] ? 1 : 0;
            all[group] = (Long) row[1];
            urgent[group] = (Long) row[3];
        }
        Optional<Instant> nextExpiry =
                rows.stream().map(row -> (Instant) row[2]).min(Instant::compareTo);
        return new MessageCounts(all[0], urgent[0], all[1], urgent[1], nextExpiry);
    }

    /**
     * Part of a body, out of one of its pieces: best read with offsets that are multiples of {@value #PIECE}.
     *
     * @param offset where to begin, from 0
     * @param max how many octets at most
     * @return as many as are left in the piece of that offset; none behind the end, or if the message is gone
     */
    public byte[] read(long id, long offset, int max) {
        List<byte[]> piece = read(manager -> manager.createQuery(
                        "select p.octets from Piece p where p.message = :id and p.seq = :seq", byte[].class)
                .setParameter("id", id)
                .setParameter("seq", (int) (offset / PIECE))
                .getResultList());
        int start = (int) (offset % PIECE);
        if (piece.isEmpty() || start >= piece.get(0).length) {
            return new byte[0];
        }
        byte[] octets = piece.get(0);
        int end = Math.min(octets.length, start + Math.min(max, PIECE));
        return start == 0 && end == octets.length ? octets : Arrays.copyOfRange(octets, start, end);
    }

    /** A deferred message in one of its forms, its body read from here while it is written. */
    public Encapsulation encapsulate(DeferredMessage message, Encapsulation.Form form) {
        return new Encapsulation(message, form, new StoredBody(this, message));
    }

    /** Deletes a message, if it is still there: its recipient has it. Many deletions share a commit. */
    public CompletionStage<Void> delete(long id) {
        return delete(List.of(id));
    }

    /** The same, under a claim; fails with {@link ClaimLostException} if that is not in force any more. */
    public CompletionStage<Void> delete(long id, Claim claim) {
        return delete(List.of(id), Optional.of(claim));
    }

    /** Keeps a message back from delivery until it is {@linkplain #release released}: the client takes no form of it. */
    public CompletionStage<Void> hold(long id, String reason) {
        return hold(id, reason, Optional.empty());
    }

    /** The same, under a claim; fails with {@link ClaimLostException} if that is not in force any more. */
    public CompletionStage<Void> hold(long id, String reason, Claim claim) {
        return hold(id, reason, Optional.of(claim));
    }

    private CompletionStage<Void> hold(long id, String reason, Optional<Claim> claim) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        commits.submit(new MessageWriter.Hold(id, reason, claim, done));
        return done;
    }

    /**
     * Lets a recipient's held messages be delivered again.
     *
     * @return how many there were
     */
    public int release(Aor recipient) {
        return entities.callInTransaction(
                manager -> manager.createQuery("update Message m set m.held = false, m.heldReason = null"
                                + " where m.recipient = :recipient and m.held = true")
                        .setParameter("recipient", recipient.uri())
                        .executeUpdate());
    }

    /**
     * Expired messages, held ones too, the longest expired first.
     *
     * @param afterExpiry when the last one expired that is known already
     * @param afterId the id of that one
     * @param limit how many at most
     */
    List<DeferredMessage> expired(Instant afterExpiry, long afterId, int limit) {
        return read(manager -> manager.createQuery(
                        "from Message m where m.expiresAt <= :now and (m.expiresAt > :expiry"
                                + " or m.expiresAt = :expiry and m.id > :id) order by m.expiresAt, m.id",
                        MessageRow.class)
                .setParameter("now", clock.instant())
                .setParameter("expiry", afterExpiry)
                .setParameter("id", afterId)
                .setMaxResults(limit)
                .getResultStream()
                .map(MessageRow::value)
                .toList());
    }

    /**
     * Forgets delivered messages of which no copy can come any more.
     *
     * @param limit how many at most
     * @return how many were forgotten; as many as the limit when there may be more
     */
    int forget(int limit) {
        List<String> old = read(manager -> manager.createQuery(
                        "select s.copyKey from SeenMessage s where s.receivedAt <= :old", String.class)
                .setParameter("old", clock.instant().minus(limits.memory()))
                .setMaxResults(limit)
                .getResultList());
        if (!old.isEmpty()) {
            entities.runInTransaction(
                    manager -> manager.createQuery("delete from SeenMessage s where s.copyKey in :old")
                            .setParameter("old", old)
                            .executeUpdate());
        }
        return old.size();
    }

    /**
     * Forgets keys that messages were submitted under, {@link Submissions#KEY_MEMORY} after their use, when the message has left.
     *
     * @param limit how many at most
     * @return how many were forgotten; as many as the limit when there may be more
     */
    public int forgetKeys(int limit) {
        List<String> old = read(manager -> manager.createQuery(
                        "select s.key from Submission s where s.receivedAt <= :old"
                                + " and not exists (select m.id from Message m where m.id = s.message)",
                        String.class)
                .setParameter("old", clock.instant().minus(Submissions.KEY_MEMORY))
                .setMaxResults(limit)
                .getResultList());
        if (!old.isEmpty()) {
            entities.runInTransaction(manager -> manager.createQuery("delete from Submission s where s.key in :old")
                    .setParameter("old", old)
                    .executeUpdate());
        }
        return old.size();
    }

    /** Whether its writing thread lives: without it nothing can be stored or deleted. */
    public boolean isWriting() {
        return commits.isRunning();
    }

    /** Commits what was taken, and takes no more. */
    @Override
    public void close() {
        commits.close();
    }

    /** Deletes messages in one commit. */
    CompletionStage<Void> delete(List<Long> ids) {
        return delete(ids, Optional.empty());
    }

    private CompletionStage<Void> delete(List<Long> ids, Optional<Claim> claim) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        commits.submit(new MessageWriter.Delete(ids, claim, done));
        return done;
    }

    private <T> T read(Function<EntityManager, T> query) {
        try (EntityManager manager = entities.createEntityManager()) {
            return query.apply(manager);
        }
    }

    /** 32 letters and digits, 128 random bits (RFC 4975 §7.1.1 wants 64). */
    private String newMessageId() {
        byte[] octets = new byte[RANDOM_OCTETS];
        random.nextBytes(octets);
        return HexFormat.of().formatHex(octets);
    }
}
