package im.deferred.message;

import im.deferred.core.Aor;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.TypedQuery;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is in the store, for operators; what is expired is not. All methods may be called from any thread, and throw
 * {@link jakarta.persistence.PersistenceException} when the database fails.
 */
public final class Inventory {

    /**
     * Which messages are asked for.
     *
     * @param recipient of one user, or of all
     * @param held held ones, or those that wait, or both
     * @param after only those that come after the one with this id, or 0
     * @param limit how many at most, at least 1
     */
    public record Query(Optional<Aor> recipient, Optional<Boolean> held, long after, int limit) {

        /** @throws IllegalArgumentException if the limit is not positive */
        public Query {
            Objects.requireNonNull(recipient, "recipient");
            Objects.requireNonNull(held, "held");
            if (limit < 1) {
                throw new IllegalArgumentException("at least one message is asked for");
            }
        }
    }

    private final EntityManagerFactory entities;
    private final Clock clock;

    /**
     * @param entities the database, with {@link MessageStore#ENTITIES} in it
     * @param clock says what is expired
     */
    public Inventory(EntityManagerFactory entities, Clock clock) {
        this.entities = entities;
        this.clock = clock;
    }

    /** The messages that are asked for, in the order of storing. */
    public List<StoredMessage> list(Query query) {
        String restricted = (query.recipient().isPresent() ? " and m.recipient = :recipient" : "")
                + (query.held().isPresent() ? " and m.held = :held" : "");
        return read(manager -> {
            TypedQuery<MessageRow> rows = manager.createQuery(
                            "from Message m where m.id > :after and m.expiresAt > :now" + restricted + " order by m.id",
                            MessageRow.class)
                    .setParameter("after", query.after())
                    .setParameter("now", clock.instant())
                    .setMaxResults(query.limit());
            query.recipient().ifPresent(user -> rows.setParameter("recipient", user.uri()));
            query.held().ifPresent(held -> rows.setParameter("held", held));
            return rows.getResultStream().map(MessageRow::stored).toList();
        });
    }

    /** The message with that id, if it is still there. */
    public Optional<StoredMessage> find(long id) {
        return read(manager -> Optional.ofNullable(manager.find(MessageRow.class, id))
                .map(MessageRow::stored)
                .filter(stored -> stored.message().expiresAt().isAfter(clock.instant())));
    }

    /**
     * Lets a held message be delivered again.
     *
     * @return whether there was such a message, and it was held
     */
    public boolean release(long id) {
        return entities.callInTransaction(manager -> manager.createQuery(
                                "update Message m set m.held = false, m.heldReason = null where m.id = :id and m.held = true")
                        .setParameter("id", id)
                        .executeUpdate()
                > 0);
    }

    private <T> T read(Function<EntityManager, T> query) {
        try (EntityManager manager = entities.createEntityManager()) {
            return query.apply(manager);
        }
    }
}
