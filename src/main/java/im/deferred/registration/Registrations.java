package im.deferred.registration;

import java.util.List;

/** Keeps what this room keeps. */
public final class Registrations {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of();

    private Registrations() {}
}
