package im.deferred.push;

import java.util.concurrent.atomic.LongAdder;

/**
 * What became of messages since the start, in all pushes.
 *
 * @param confirmed in a session, by the client
 * @param paged answered 2xx as SIP MESSAGE
 * @param held kept back, since the client takes them in no form
 */
record Outcomes(LongAdder confirmed, LongAdder paged, LongAdder held) {

    /** None yet. */
    Outcomes() {
        this(new LongAdder(), new LongAdder(), new LongAdder());
    }
}
