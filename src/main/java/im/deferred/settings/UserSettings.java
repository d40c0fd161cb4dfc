package im.deferred.settings;

import im.deferred.core.Aor;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.PersistenceException;
import java.util.List;
import java.util.Objects;

/** The users' choices, kept in the database. Safe for use by many threads and nodes. */
public final class UserSettings {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of(UserSetting.class);

    private final EntityManagerFactory entities;
    private final DeliverySetting byDefault;

    /**
     * @param entities the database, with {@link #ENTITIES} in it
     * @param byDefault the setting of users who chose none
     */
    public UserSettings(EntityManagerFactory entities, DeliverySetting byDefault) {
        this.entities = entities;
        this.byDefault = Objects.requireNonNull(byDefault, "byDefault");
    }

    /**
     * What the user chose, or the default.
     *
     * @throws PersistenceException if the database cannot be read
     */
    public DeliverySetting of(Aor user) {
        UserSetting chosen = entities.callInTransaction(em -> em.find(UserSetting.class, user.uri()));
        return chosen == null ? byDefault : chosen.delivery();
    }

    /**
     * Keeps the user's choice in place of any earlier one.
     *
     * @throws PersistenceException if it could not be kept
     */
    public void choose(Aor user, DeliverySetting delivery) {
        UserSetting choice = new UserSetting(user, Objects.requireNonNull(delivery, "delivery"));
        try {
            entities.runInTransaction(em -> em.merge(choice));
        } catch (PersistenceException e) {
            // The user's first choice may have been made twice at the same moment: what was an insert is an update now.
            entities.runInTransaction(em -> em.merge(choice));
        }
    }
}
