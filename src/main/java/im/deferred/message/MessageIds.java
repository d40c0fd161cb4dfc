package im.deferred.message;

import jakarta.persistence.EntityManager;

/**
 * Numbers for messages, out of a sequence of the database. What is left when a commit has its own is not used by a later one, so that the
 * numbers of a commit are above those of all that were made before it began, whichever node made them.
 */
final class MessageIds {

    /** By how much the sequence rises, each time. */
    private static final int BLOCK = 64;

    private final EntityManager manager;
    private long next = 1;
    private long last;

    /** Those of one commit. */
    MessageIds(EntityManager manager) {
        this.manager = manager;
    }

    long next() {
        if (next > last) {
            last = ((Number) manager.createNativeQuery("select nextval('message_id_seq')")
                            .getSingleResult())
                    .longValue();
            next = Math.max(1, last - BLOCK + 1);
        }
        return next++;
    }
}
