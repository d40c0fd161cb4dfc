package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.TemporaryGruu;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The registrations in force, kept in the database. Safe for use by many threads and nodes.
 *
 * <p>Every method throws {@link PersistenceException} if the database fails; then nothing was changed.
 */
public final class Registrations {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of(RegistrationRow.class, ContactRow.class);

    /** How often a change is tried when another node changes the same users at the same moment. */
    private static final int MAX_ATTEMPTS = 5;

    /** How long a registration lasts of which nobody said it (RFC 3261 §10.2.1.1 suggests it to registrars). */
    private static final Duration UNTOLD = Duration.ofHours(1);

    private final EntityManagerFactory entities;
    private final Clock clock;

    /**
     * @param entities the database, with {@link #ENTITIES} in it
     * @param clock says what is in force
     */
    public Registrations(EntityManagerFactory entities, Clock clock) {
        this.entities = entities;
        this.clock = clock;
    }

    /**
     * What a REGISTER or the reg event changed.
     *
     * @param registered who is registered by it
     * @param deregistered who was registered before it and is no longer
     */
    public record Change(List<Aor> registered, List<Aor> deregistered) {

        /** Keeps its own copies. */
        public Change {
            registered = List.copyOf(registered);
            deregistered = List.copyOf(deregistered);
        }
    }

    /**
     * Keeps a registration or renews it, for the user and for the whole implicit set (TS 24.229 §5.4.1.7: one REGISTER speaks for
     * all of it). Contacts, service info and User-Agent that were not told stay as they were known.
     *
     * @param told the registration of the user in To
     * @param implicitSet the users registered with it, with or without itself; empty if the set was not told, and then it is
     *     the one known from before
     */
    public Change renew(Registration told, Set<Aor> implicitSet) {
        return change(em -> {
            Instant now = clock.instant();
            Map<String, RegistrationRow> known = lockedSet(em, told.aor(), implicitSet);
            List<Aor> gone = new ArrayList<>();
            if (!implicitSet.isEmpty()) {
                List<RegistrationRow> left = known.values().stream()
                        .filter(row -> !row.aor().equals(told.aor().uri()) && !implicitSet.contains(new Aor(row.aor())))
                        .toList();
                left.forEach(row -> known.remove(row.aor()));
                gone.addAll(removed(em, left, now));
            }
            uris(told.aor(), implicitSet).forEach(aor -> known.computeIfAbsent(aor, RegistrationRow::new));
            known.values().forEach(row -> {
                row.renew(told, now);
                em.persist(row);
            });
            return new Change(known.keySet().stream().map(Aor::new).toList(), gone);
        });
    }

    /**
     * Ends a user's registration, and with it those of the implicit set.
     *
     * @param user the user in To
     * @param implicitSet users of the set that were told; those known from before are ended anyway
     */
    public Change end(Aor user, Set<Aor> implicitSet) {
        return change(em -> new Change(
                List.of(), removed(em, lockedSet(em, user, implicitSet).values(), clock.instant())));
    }

    /**
     * Takes what the core's reg event tells (RFC 3680): contacts that came and went, and who is registered no longer. A
     * registration of which no contact is left has ended; one that goes on lasts at least as long as its REGISTER said.
     *
     * @param follows the user whose subscription told it
     * @return who is registered anew, or with a device more; and who was registered before and is no longer
     */
    Change update(Aor follows, RegInfo told) {
        Set<Aor> users = told.registrations().stream().map(RegInfo.Entry::user).collect(Collectors.toSet());
        return change(em -> {
            Instant now = clock.instant();
            Map<String, RegistrationRow> rows = lockedSet(em, follows, users);
            Instant unlessTold = inForce(rows.get(follows.uri()), now)
                    .map(Registration::expiresAt)
                    .orElse(now.plus(UNTOLD));
            List<Aor> came = new ArrayList<>();
            List<Aor> gone = new ArrayList<>();
            for (RegInfo.Entry entry : told.registrations()) {
                RegistrationRow row = rows.get(entry.user().uri());
                Optional<Registration> known = inForce(row, now);
                List<ClientContact> contacts = entry.contacts(known, told.full(), now, unlessTold);
                if (!entry.active() || contacts.isEmpty() && isEmptied(known, entry)) {
                    gone.addAll(removed(em, Stream.ofNullable(row).toList(), now));
                } else if (!contacts.isEmpty()) {
                    RegistrationRow kept =
                            row == null ? new RegistrationRow(entry.user().uri()) : row;
                    kept.update(follows, contacts, last(contacts), now);
                    em.persist(kept);
                    if (known.isEmpty() || isJoined(known.get(), contacts)) {
                        came.add(entry.user());
                    }
                }
            }
            return new Change(came, gone);
        });
    }

    private static Optional<Registration> inForce(RegistrationRow row, Instant now) {
        return Optional.ofNullable(row).filter(r -> r.isInForce(now)).map(r -> r.toRegistration(now));
    }

    /** Whether contacts were known and are told to be gone; a core that tells none says nothing about them. */
    private static boolean isEmptied(Optional<Registration> known, RegInfo.Entry entry) {
        return !entry.gone().isEmpty()
                && known.filter(registration -> !registration.contacts().isEmpty())
                        .isPresent();
    }

    private static Instant last(List<ClientContact> contacts) {
        return contacts.stream()
                .map(ClientContact::expiresAt)
                .max(Comparator.naturalOrder())
                .orElseThrow();
    }

    /** Whether there is a device that was not there before; if none was known, what is told now may be what was there. */
    private static boolean isJoined(Registration known, List<ClientContact> contacts) {
        Set<String> uris = known.contacts().stream().map(ClientContact::uri).collect(Collectors.toSet());
        return !uris.isEmpty()
                && !uris.containsAll(contacts.stream().map(ClientContact::uri).toList());
    }

    /**
     * Ends one user's registration, and no other. Does nothing if there is none, or one that was renewed since.
     *
     * @param known how long it was known to last
     */
    public void end(Aor user, Instant known) {
        entities.runInTransaction(
                em -> em.createNativeQuery("delete from registration where aor = ?1 and expires_at <= ?2")
                        .setParameter(1, user.uri())
                        .setParameter(2, known)
                        .executeUpdate());
    }

    /** How long the user is registered, if it is so now: one look at the primary key. */
    public Optional<Instant> expiry(Aor user) {
        return entities.callInTransaction(em -> em.createQuery(
                        "select r.expiresAt from RegistrationRow r where r.aor = :user and r.expiresAt > :now",
                        Instant.class)
                .setParameter("user", user.uri())
                .setParameter("now", clock.instant())
                .getResultStream()
                .findFirst());
    }

    /** The user's registration, with the contacts that still last; empty if the user is not registered now. */
    public Optional<Registration> find(Aor user) {
        Instant now = clock.instant();
        return entities.callInTransaction(em -> Optional.ofNullable(em.find(RegistrationRow.class, user.uri()))
                .filter(row -> row.isInForce(now))
                .map(row -> row.toRegistration(now)));
    }

    /** Whether the user is registered now: one look at the primary key. */
    public boolean isRegistered(Aor user) {
        return expiry(user).isPresent();
    }

    /**
     * The user of whose devices one has this temporary GRUU now; of an implicit set the one in whose name it is registered. Known is
     * the last that the core told of each device.
     */
    public Optional<Aor> ownerOf(TemporaryGruu gruu) {
        return entities.callInTransaction(em -> em.createQuery(
                        "select r.aor from RegistrationRow r join r.contacts c"
                                + " where c.temporaryGruu = :gruu and c.expiresAt > :now and r.expiresAt > :now"
                                + " order by case when r.aor = r.registeredAs then 0 else 1 end, r.aor",
                        String.class)
                .setParameter("gruu", gruu.uri())
                .setParameter("now", clock.instant())
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .map(Aor::new));
    }

    /** How many users are registered now. */
    public long countInForce() {
        return entities.callInTransaction(
                em -> em.createQuery("select count(r) from RegistrationRow r where r.expiresAt > :now", Long.class)
                        .setParameter("now", clock.instant())
                        .getSingleResult());
    }

    /**
     * Forgets the registrations that have run out.
     *
     * @return how many
     */
    public int removeExpired() {
        return entities.callInTransaction(em -> em.createNativeQuery("delete from registration where expires_at <= ?1")
                .setParameter(1, clock.instant())
                .executeUpdate());
    }

    /** The rows of the set, as told and as known, locked in one order so that two nodes do not wait for each other. */
    private static Map<String, RegistrationRow> lockedSet(EntityManager em, Aor user, Set<Aor> implicitSet) {
        Map<String, RegistrationRow> rows = new TreeMap<>();
        em.createQuery(
                        "select r from RegistrationRow r where r.aor in :set or r.registeredAs = :user order by r.aor",
                        RegistrationRow.class)
                .setParameter("set", uris(user, implicitSet))
                .setParameter("user", user.uri())
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultList()
                .forEach(row -> rows.put(row.aor(), row));
        return rows;
    }

    private static List<Aor> removed(EntityManager em, Collection<RegistrationRow> rows, Instant now) {
        rows.forEach(em::remove);
        return rows.stream()
                .filter(row -> row.isInForce(now))
                .map(row -> new Aor(row.aor()))
                .toList();
    }

    private static Set<String> uris(Aor user, Set<Aor> implicitSet) {
        Set<String> uris = implicitSet.stream().map(Aor::uri).collect(Collectors.toSet());
        uris.add(user.uri());
        return uris;
    }

    /** Two REGISTERs may insert the same user at once; the one that comes second finds the row when it tries again. */
    private Change change(Function<EntityManager, Change> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return entities.callInTransaction(work);
            } catch (PersistenceException e) {
                if (attempt == MAX_ATTEMPTS || !isConflict(e)) {
                    throw e;
                }
            }
        }
    }

    /** Whether SQL says so: class 23 is an integrity constraint, class 40 a transaction rolled back (ISO 9075-2 §24). */
    private static boolean isConflict(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                return sql.getSQLState().startsWith("23") || sql.getSQLState().startsWith("40");
            }
        }
        return false;
    }
}
