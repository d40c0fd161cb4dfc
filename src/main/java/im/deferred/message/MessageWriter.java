package im.deferred.message;

import im.deferred.node.Claim;
import im.deferred.node.ClaimLostException;
import im.deferred.node.Node;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes a batch of changes in one transaction. Only one thread uses it, so that ids rise in the order of storing. */
final class MessageWriter {

    /** A change to the store. */
    sealed interface Work extends GroupCommit.Work {

        CompletableFuture<?> done();

        @Override
        default long octets() {
            return 0;
        }

        @Override
        default long written() {
            return 0;
        }

        @Override
        default void fail(RuntimeException why) {
            done().completeExceptionally(why);
        }
    }

    /** @param copyKey what its copies have in common with it */
    record Store(
            NewMessage message, String copyKey, Optional<Once> once, String messageId, CompletableFuture<Stored> done)
            implements Work {

        static final int BESIDE_THE_BODY = 1024;

        @Override
        public long octets() {
            return BESIDE_THE_BODY + message.body().inMemory();
        }

        @Override
        public long written() {
            return BESIDE_THE_BODY + message.body().length();
        }
    }

    /** A change that is made only while a claim is in force, if it is made under one. */
    private sealed interface Claimed extends Work {

        Optional<Claim> claim();
    }

    record Delete(List<Long> ids, Optional<Claim> claim, CompletableFuture<Void> done) implements Claimed {}

    record Hold(long id, String reason, Optional<Claim> claim, CompletableFuture<Void> done) implements Claimed {}

    /** One stored before: where, and under which Message-ID. */
    private record Earlier(long id, String messageId) {}

    /** What a recipient has stored, held messages and expired ones included. */
    private record Usage(long messages, long octets) {

        static final Usage NONE = new Usage(0, 0);

        Usage plus(NewMessage message) {
            return new Usage(messages + 1, octets + message.body().length());
        }
    }

    private static final int PIECES_AT_A_TIME = 16;

    private final EntityManagerFactory entities;
    private final Clock clock;
    private final MessageStore.Limits limits;
    private final boolean commitIsNoSync;

    MessageWriter(EntityManagerFactory entities, Clock clock, MessageStore.Limits limits) {
        this.entities = entities;
        this.clock = clock;
        this.limits = limits;
        try (EntityManager manager = entities.createEntityManager()) {
            this.commitIsNoSync = "H2"
                    .equals(manager.<Connection, String>callWithConnection(
                            connection -> connection.getMetaData().getDatabaseProductName()));
        }
    }

    /**
     * Writes all of the batch or nothing.
     *
     * @return who is to be told, now that it is committed
     * @throws RuntimeException if it could not be written, or not be made durable
     */
    List<Runnable> write(List<Work> batch) {
        List<Store> stores = of(batch, Store.class);
        List<Runnable> told = entities.callInTransaction(manager -> {
            List<Runnable> outcome = new ArrayList<>(store(manager, stores));
            Predicate<Claimed> allowed = allowed(manager, of(batch, Claimed.class));
            of(batch, Hold.class).stream().filter(allowed).forEach(hold -> hold(manager, hold));
            delete(
                    manager,
                    of(batch, Delete.class).stream()
                            .filter(allowed)
                            .flatMap(delete -> delete.ids().stream())
                            .toList());
            of(batch, Claimed.class).forEach(change -> outcome.add(() -> tell(change, allowed.test(change))));
            return outcome;
        });
        if (commitIsNoSync && !stores.isEmpty()) {
            sync();
        }
        return told;
    }

    private static <T> List<T> of(List<Work> batch, Class<T> kind) {
        return batch.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static Predicate<Claimed> allowed(EntityManager manager, List<Claimed> changes) {
        Set<Claim> claims =
                changes.stream().flatMap(change -> change.claim().stream()).collect(Collectors.toSet());
        Set<Claim> held = Node.held(manager, claims);
        return change -> change.claim().map(held::contains).orElse(true);
    }

    private static void tell(Claimed change, boolean made) {
        if (made) {
            change.done().complete(null);
        } else {
            change.fail(new ClaimLostException(change.claim().orElseThrow()));
        }
    }

    private List<Runnable> store(EntityManager manager, List<Store> stores) {
        if (stores.isEmpty()) {
            return List.of();
        }
        Map<String, Earlier> earlier = earlier(manager, stores);
        Map<String, SubmissionRow> submitted = submitted(manager, stores);
        Map<String, Usage> usages = usages(manager, stores);
        MessageIds ids = new MessageIds(manager);
        List<Runnable> told = new ArrayList<>(stores.size());
        for (Store each : stores) {
            Stored stored = store(manager, each, earlier, submitted, usages, ids);
            told.add(() -> each.done().complete(stored));
        }
        return told;
    }

    private Stored store(
            EntityManager manager,
            Store store,
            Map<String, Earlier> earlier,
            Map<String, SubmissionRow> submitted,
            Map<String, Usage> usages,
            MessageIds ids) {
        Earlier first = earlier.get(store.copyKey());
        if (first != null) {
            // Our own Message-ID: an attempt of which only the answer was lost.
            return first.messageId().equals(store.messageId())
                    ? new Stored.Kept(first.id())
                    : new Stored.Copy(first.id());
        }
        Optional<Stored> again = store.once()
                .filter(once -> submitted.containsKey(once.key()))
                .map(once -> submitted.get(once.key()).again(once));
        if (again.isPresent()) {
            return again.get();
        }
        String recipient = store.message().recipient().uri();
        Usage usage = usages.getOrDefault(recipient, Usage.NONE).plus(store.message());
        if (usage.messages() > limits.quota()) {
            return new Stored.OverQuota(limits.quota(), Stored.Unit.MESSAGES);
        }
        if (usage.octets() > limits.quotaOctets()) {
            return new Stored.OverQuota(limits.quotaOctets(), Stored.Unit.OCTETS);
        }
        MessageRow row = new MessageRow(ids.next(), store.message(), store.copyKey(), store.messageId());
        manager.persist(row);
        store.once().ifPresent(once -> {
            SubmissionRow submission =
                    new SubmissionRow(once, row.id(), store.message().receivedAt());
            manager.persist(submission);
            submitted.put(once.key(), submission);
        });
        write(manager, row.id(), store.message().body());
        usages.put(recipient, usage);
        earlier.put(store.copyKey(), new Earlier(row.id(), ""));
        return new Stored.Kept(row.id());
    }

    /** What was read of a large body goes to the database before more is read. */
    private static void write(EntityManager manager, long message, Body body) {
        for (int seq = 0; (long) seq * MessageStore.PIECE < body.length(); seq++) {
            if (seq > 0 && seq % PIECES_AT_A_TIME == 0) {
                manager.flush();
                manager.clear();
            }
            byte[] piece = body.read((long) seq * MessageStore.PIECE, MessageStore.PIECE);
            manager.persist(new PieceRow(message, seq, piece));
        }
    }

    /** Those of which copies came; first the stored ones, since another node may deliver one between the two looks. */
    private static Map<String, Earlier> earlier(EntityManager manager, List<Store> stores) {
        Set<String> keys = stores.stream().map(Store::copyKey).collect(Collectors.toSet());
        Stream<Object[]> stored = manager
                .createQuery(
                        "select m.copyKey, m.id, m.messageId from Message m where m.copyKey in :keys", Object[].class)
                .setParameter("keys", keys)
                .getResultList()
                .stream();
        Stream<Object[]> seen = manager
                .createQuery(
                        "select s.copyKey, s.message, '' from SeenMessage s where s.copyKey in :keys", Object[].class)
                .setParameter("keys", keys)
                .getResultList()
                .stream();
        Map<String, Earlier> earlier = new HashMap<>();
        Stream.concat(stored, seen)
                .forEach(row -> earlier.putIfAbsent((String) row[0], new Earlier((Long) row[1], (String) row[2])));
        return earlier;
    }

    /** Those of whose keys one was used before. */
    private static Map<String, SubmissionRow> submitted(EntityManager manager, List<Store> stores) {
        List<String> keys = stores.stream()
                .flatMap(each -> each.once().stream())
                .map(Once::key)
                .toList();
        Map<String, SubmissionRow> submitted = new HashMap<>();
        if (!keys.isEmpty()) {
            manager.createQuery("from Submission s where s.key in :keys", SubmissionRow.class)
                    .setParameter("keys", keys)
                    .getResultList()
                    .forEach(row -> submitted.put(row.key(), row));
        }
        return submitted;
    }

    /** One query for all of a batch; an index holds all that it asks for. */
    private static Map<String, Usage> usages(EntityManager manager, List<Store> stores) {
        return manager.createQuery(
                        "select m.recipient, count(m), sum(m.size) from Message m where m.recipient in :recipients"
                                + " group by m.recipient",
                        Object[].class)
                .setParameter(
                        "recipients",
                        stores.stream()
                                .map(each -> each.message().recipient().uri())
                                .collect(Collectors.toSet()))
                .getResultStream()
                .collect(Collectors.toMap(
                        row -> (String) row[0],
                        row -> new Usage((Long) row[1], (Long) row[2]),
                        (one, other) -> other,
                        HashMap::new));
    }

    private static void hold(EntityManager manager, Hold hold) {
        manager.createQuery("update Message m set m.held = true, m.heldReason = :reason where m.id = :id")
                .setParameter("reason", hold.reason())
                .setParameter("id", hold.id())
                .executeUpdate();
    }

    /** Deletes messages, their pieces with them; of young ones it is remembered that they were here. */
    private void delete(EntityManager manager, List<Long> ids) {
        if (ids.isEmpty()) {
            return;
        }
        Instant young = clock.instant().minus(limits.memory());
        manager.createQuery(
                        "insert into SeenMessage (copyKey, message, receivedAt)"
                                + " select m.copyKey, m.id, m.receivedAt from Message m where m.id in :ids and m.receivedAt > :young")
                .setParameter("ids", ids)
                .setParameter("young", young)
                .executeUpdate();
        manager.createQuery("delete from Message m where m.id in :ids")
                .setParameter("ids", ids)
                .executeUpdate();
    }

    /** H2's commit hands its pages to the operating system at most; this waits until they are on the disk. */
    private void sync() {
        try (EntityManager manager = entities.createEntityManager()) {
            manager.<Connection>runWithConnection(connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("checkpoint sync");
                }
            });
        }
    }
}
