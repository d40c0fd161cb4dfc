package im.deferred.message;

import im.deferred.core.Aor;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

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
 * <p>Ids rise in the order of storing on one node; nodes that share a database each have a range of ids of their own.
 *
 * <p>All methods may be called from any thread. Those that read throw {@link jakarta.persistence.PersistenceException} when
 * the database cannot be read.
 */
public final class MessageStore implements AutoCloseable {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of(MessageRow.class, PieceRow.class, SeenRow.class);

    /** The size of the pieces in which bodies are kept, in octets. */
    public static final int PIECE = 64 * 1024;

    /**
     * How much is taken.
     *
     * @param quota stored messages per recipient, at least 1
     * @param queue changes that may wait to be committed, at least 1
     * @param queueOctets what these may take of the memory, in octets
     * @param batch changes in one commit, at least 1
     * @param batchOctets a commit is full when its messages are larger than this, in octets
     * @param memory how long copies of a message that came and left again are known as copies; longer than a SIP
     *     transaction lives (RFC 3261 §17.1.2.2: 32 s)
     */
    public record Limits(int quota, int queue, long queueOctets, int batch, long batchOctets, Duration memory) {

        /** @throws IllegalArgumentException if one is out of its bounds */
        public Limits {
            Objects.requireNonNull(memory, "memory");
            if (quota < 1 || queue < 1 || queueOctets < 1 || batch < 1 || batchOctets < 1 || memory.isNegative()) {
                throw new IllegalArgumentException("limits of the message store are positive");
            }
        }

        /**
         * The usual: 10,000 changes and 64 MB may wait, 256 changes or 4 MB make a commit, copies are known for 5 minutes.
         *
         * @param maxSize the largest message, in octets: where 64 MB are too few, two of these may wait
         */
        public static Limits of(int quota, long maxSize) {
            long octets = Math.max(64L << 20, 2 * (maxSize + MessageWriter.Store.BESIDE_THE_BODY));
            return new Limits(quota, 10_000, octets, 256, 4L << 20, Duration.ofMinutes(5));
        }
    }

    private static final int RANDOM_OCTETS = 16;

    private final EntityManagerFactory entities;
    private final Clock clock;
    private final Limits limits;
    private final GroupCommit<MessageWriter.Work> commits;
    private final SecureRandom random = new SecureRandom();

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
     * Stores a message once, durably: copies (same recipient, Call-ID, CSeq, From tag and body) of one that is stored, or that came
     * and left within {@link Limits#memory}, are not stored again.
     *
     * @return what became of it, after the commit; fails with {@link StoreBusyException} when too much waits, with another
     *     {@link RuntimeException} when it could not be written. Completed by the writing thread: whoever does more than a
     *     little in answer does it on another one.
     */
    public CompletionStage<Stored> store(NewMessage message) {
        CompletableFuture<Stored> done = new CompletableFuture<>();
        commits.submit(new MessageWriter.Store(message, message.copyKey(), newMessageId(), done));
        return done;
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
        return new Encapsulation(message, form, (offset, max) -> read(message.id(), offset, max));
    }

    /** Deletes a message, if it is still there: its recipient has it. Many deletions share a commit. */
    public CompletionStage<Void> delete(long id) {
        return delete(List.of(id));
    }

    /** Keeps a message back from delivery until it is {@linkplain #release released}: the client takes no form of it. */
    public CompletionStage<Void> hold(long id, String reason) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        commits.submit(new MessageWriter.Hold(id, reason, done));
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
     * Deletes expired messages, oldest first, and forgets delivered ones of which no copy can come any more.
     *
     * @param batch how many messages at most
     * @return how many were deleted; as many as the batch when there may be more
     * @throws java.util.concurrent.CompletionException if they could not be deleted
     */
    public int removeExpired(int batch) {
        Instant now = clock.instant();
        List<Long> expired = read(manager -> manager.createQuery(
                        "select m.id from Message m where m.expiresAt <= :now order by m.expiresAt", Long.class)
                .setParameter("now", now)
                .setMaxResults(batch)
                .getResultList());
        delete(expired).toCompletableFuture().join();
        entities.runInTransaction(manager -> manager.createQuery("delete from SeenMessage s where s.receivedAt <= :old")
                .setParameter("old", now.minus(limits.memory()))
                .executeUpdate());
        return expired.size();
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

    private CompletableFuture<Void> delete(List<Long> ids) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        commits.submit(new MessageWriter.Delete(ids, done));
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
