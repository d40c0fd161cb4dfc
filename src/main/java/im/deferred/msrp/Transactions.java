package im.deferred.msrp;

import im.deferred.msrp.frame.MsrpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * The SENDs of one connection that wait for their response. The timer of a SEND runs from the end of its frame on (RFC 4975 §7.1.1), that
 * is from when the operating system has taken it; SENDs that are flushed together share that moment, and since it moves with their order
 * only the eldest has to be looked at.
 */
final class Transactions {
    private static final String ID_ALPHABET = "0123456789abcdefghijklmnopqrstuv";
    private static final int ID_LENGTH = 13;

    /** Told once what became of the request. */
    interface Waiting {
        void answered(int status, String comment);

        /** Whether a response is due. Where it is not, none is waited for, and it is told when the request has left. */
        default boolean expectsResponse() {
            return true;
        }

        /**
         * The request has left, and no response is due.
         *
         * @return whether one that comes all the same is of no interest any more
         */
        default boolean left() {
            return true;
        }

        /** For those who need more of the response than its status. */
        default void answered(MsrpResponse response) {
            answered(response.status(), response.comment());
        }

        /** No response came in time (RFC 4975 §7.1.1). */
        default void timedOut() {
            answered(408, "No response");
        }

        /** The connection is over, and the response will not come. */
        default void lost() {}
    }

    /** SENDs that are flushed together. */
    static final class Batch {
        private long sentAt;
        private boolean sent;
        /** Ids of those to which no response is due. */
        private final List<String> unanswered = new ArrayList<>(0);
    }

    private record Entry(Waiting waiting, Batch batch) {}

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final SplittableRandom random;
    private final long responseNanos;
    private final LongSupplier clock;
    private Batch batch;

    /**
     * @param seed from a secure source, so that nobody can guess an id and write it into a message
     * @param clock nanoseconds from any origin
     */
    Transactions(MsrpLimits limits, long seed, LongSupplier clock) {
        this.random = new SplittableRandom(seed);
        this.responseNanos = limits.transactionTimeout().toNanos();
        this.clock = clock;
    }

    /** A new transaction id of 64 random bits. */
    String newId() {
        long bits = random.nextLong();
        byte[] id = new byte[ID_LENGTH];
        for (int i = 0; i < ID_LENGTH; i++) {
            id[i] = (byte) ID_ALPHABET.charAt((int) (bits & 31));
            bits >>>= 5;
        }
        return new String(id, StandardCharsets.ISO_8859_1);
    }

    /** A SEND of that id was written, and waits from the end of its batch on. */
    void begin(String id, Waiting waiting) {
        if (batch == null) {
            batch = new Batch();
        }
        entries.put(id, new Entry(waiting, batch));
        if (!waiting.expectsResponse()) {
            batch.unanswered.add(id);
        }
    }

    /** The SENDs begun since this was called last, or null when there are none. */
    Batch takeBatch() {
        Batch taken = batch;
        batch = null;
        return taken;
    }

    void sent(Batch sentBatch) {
        sentBatch.sent = true;
        sentBatch.sentAt = clock.getAsLong();
        for (String id : sentBatch.unanswered) {
            Entry entry = entries.get(id);
            if (entry != null && entry.waiting.left()) {
                entries.remove(id);
            }
        }
    }

    /** A response came; one that nobody waits for is ignored. */
    void answered(MsrpResponse response) {
        Entry entry = entries.get(response.transactionId());
        if (entry == null || response.success() && !entry.waiting.expectsResponse()) {
            return; // the peer was too late, answered a REPORT, or said what it was not asked for
        }
        entries.remove(response.transactionId());
        entry.waiting.answered(response);
    }

    /** The connection is over. */
    void lose() {
        List<Entry> lost = List.copyOf(entries.values());
        entries.clear();
        lost.forEach(entry -> entry.waiting.lost());
    }

    /** Ends those that waited too long. */
    void expire() {
        long now = clock.getAsLong();
        for (Map.Entry<String, Entry> eldest = eldest(); eldest != null; eldest = eldest()) {
            Batch written = eldest.getValue().batch;
            if (!written.sent || now - written.sentAt < responseNanos) {
                return;
            }
            entries.remove(eldest.getKey()).waiting.timedOut();
        }
    }

    private Map.Entry<String, Entry> eldest() {
        Iterator<Map.Entry<String, Entry>> all = entries.entrySet().iterator();
        return all.hasNext() ? all.next() : null;
    }
}
