package im.deferred.settings;

import java.util.List;

/** Keeps what this room keeps. */
public final class UserSettings {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of();

    private UserSettings() {}
}
