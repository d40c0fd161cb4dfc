package im.deferred.settings;

import im.deferred.core.Aor;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.LockModeType;
import jakarta.persistence.PersistenceException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The users' choices, kept in the database. Safe for use by many threads and nodes; listeners are told of what was chosen on this
 * node.
 */
public final class UserSettings {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of(UserSetting.class);

    private static final Logger log = LoggerFactory.getLogger(UserSettings.class);

    private final EntityManagerFactory entities;
    private final DeliverySetting byDefault;
    private final boolean pageModeByDefault;
    private final List<SettingListener> listeners = new CopyOnWriteArrayList<>();

    /**
     * @param entities the database, with {@link #ENTITIES} in it
     * @param byDefault the setting of users who chose none
     * @param pageModeByDefault whether page mode is allowed for users who did not choose
     */
    public UserSettings(EntityManagerFactory entities, DeliverySetting byDefault, boolean pageModeByDefault) {
        this.entities = entities;
        this.byDefault = Objects.requireNonNull(byDefault, "byDefault");
        this.pageModeByDefault = pageModeByDefault;
    }

    /** Tells the listener of every choice from now on. */
    public void listen(SettingListener listener) {
        listeners.add(listener);
    }

    /**
     * What the user chose, or the default.
     *
     * @throws PersistenceException if the database cannot be read
     */
    public DeliverySetting of(Aor user) {
        return choices(user).delivery().orElse(byDefault);
    }

    /**
     * Whether what the user's client takes in no session may be sent as SIP MESSAGE: what the user chose, or the default.
     *
     * @throws PersistenceException if the database cannot be read
     */
    public boolean allowsPageMode(Aor user) {
        return choices(user).pageMode().orElse(pageModeByDefault);
    }

    /**
     * What the user chose, without the defaults.
     *
     * @throws PersistenceException if the database cannot be read
     */
    public Choices choices(Aor user) {
        return Optional.ofNullable(entities.callInTransaction(em -> em.find(UserSetting.class, user.uri())))
                .map(UserSetting::choices)
                .orElse(Choices.NONE);
    }

    /**
     * Keeps the user's choice in place of any earlier one, and tells the listeners; the choice of page mode stays.
     *
     * @throws PersistenceException if it could not be kept
     */
    public void choose(Aor user, DeliverySetting delivery) {
        Optional<DeliverySetting> chosen = Optional.of(delivery);
        change(user, earlier -> new Choices(chosen, earlier.pageMode()));
    }

    /**
     * Keeps whether the user allows page mode in place of any earlier choice, and tells the listeners; the choice of delivery
     * stays.
     *
     * @throws PersistenceException if it could not be kept
     */
    public void choosePageMode(Aor user, boolean allowed) {
        change(user, earlier -> new Choices(earlier.delivery(), Optional.of(allowed)));
    }

    /**
     * Keeps all of the user's choices in place of all earlier ones, and tells the listeners.
     *
     * @throws PersistenceException if they could not be kept
     */
    public void choose(Aor user, Choices choices) {
        Objects.requireNonNull(choices, "choices");
        change(user, earlier -> choices);
    }

    /**
     * Forgets what the user chose, so that the defaults hold, and tells the listeners.
     *
     * @throws PersistenceException if it could not be forgotten
     */
    public void reset(Aor user) {
        choose(user, Choices.NONE);
    }

    private void change(Aor user, UnaryOperator<Choices> change) {
        Choices now;
        try {
            now = entities.callInTransaction(em -> change(em, user, change));
        } catch (PersistenceException e) {
            // The user's first choice may have been made twice at the same moment: what was an insert is an update now.
            log.debug("{} chooses once more", user, e);
            now = entities.callInTransaction(em -> change(em, user, change));
        }
        tell(user, now.delivery().orElse(byDefault));
    }

    private static Choices change(EntityManager em, Aor user, UnaryOperator<Choices> change) {
        UserSetting row = em.find(UserSetting.class, user.uri(), LockModeType.PESSIMISTIC_WRITE);
        Choices now = change.apply(row == null ? Choices.NONE : row.choices());
        if (row != null && now.equals(Choices.NONE)) {
            em.remove(row);
        } else if (row != null) {
            row.choose(now);
        } else if (!now.equals(Choices.NONE)) {
            em.persist(new UserSetting(user, now)); // and not merged: it would overwrite what was chosen since
        }
        return now;
    }

    /** The choice is kept: a listener that fails must not cost the others their turn. */
    private void tell(Aor user, DeliverySetting now) {
        for (SettingListener listener : listeners) {
            try {
                listener.changed(user, now);
            } catch (RuntimeException e) {
                log.error("a listener failed on the choice of {}", user, e);
            }
        }
    }
}
