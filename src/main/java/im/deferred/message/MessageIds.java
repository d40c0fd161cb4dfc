package im.deferred.message;

import jakarta.persistence.EntityManager;

/**
 * Numbers for messages, out of a sequence of the database. Those of one commit are next to each other, and what is left of them is not
 * used by a later one: so they rise from commit to commit, whichever node makes it.
 */
final class MessageIds {

    /** By how much the sequence rises, each time. */
    private static final int BLOCK = 64;

    private final String nextBlock;

    /** @param isH2 whether the database is H2, which says it as the standard does; PostgreSQL has words of its own */
    MessageIds(boolean isH2) {
        nextBlock = isH2 ? "select next value for message_id_seq" : "select nextval('message_id_seq')";
    }

    /** The numbers of one commit. */
    final class OfOneCommit {

        private final EntityManager manager;
        private long next;
        private int left;

        OfOneCommit(EntityManager manager) {
            this.manager = manager;
        }

        long next() {
            if (left == 0) {
                next = ((Number) manager.createNativeQuery(nextBlock).getSingleResult()).longValue();
                left = BLOCK;
            }
            left--;
            return next++;
        }
    }
}
