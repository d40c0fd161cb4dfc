package im.deferred.message;

import java.util.List;

/** Keeps what this room keeps. */
public final class MessageStore {

    /** The entities of this room. */
    public static final List<Class<?>> ENTITIES = List.of();

    private MessageStore() {}
}
