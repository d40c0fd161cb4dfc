package im.deferred.lab;

import java.util.Map;
import java.util.TreeMap;

/**
 * How a user's MSRP client treats what it is sent. Messages count from 1 from the moment the behaviour was set, over all
 * sessions; all chunks of a message are treated alike. A value; every method gives a new one.
 *
 * @param refusals the status for the messages that are refused, by their number
 * @param closeAfter the connection is closed when this message has been answered; 0 for never
 * @param silentFrom this message and all after it get no answer; 0 for none
 * @param held whether answers wait until {@link User#release()}
 * @param fragile whether each answer takes a moment, and a SEND that comes before it, be it one without content, breaks the connection;
 *     until that has happened once, messages get no answer
 */
public record MsrpBehaviour(
        Map<Integer, Integer> refusals, int closeAfter, int silentFrom, boolean held, boolean fragile) {

    /** Keeps a copy of the refusals. */
    public MsrpBehaviour {
        refusals = Map.copyOf(refusals);
    }

    /** Answers 200 to everything. */
    public static MsrpBehaviour answering() {
        return new MsrpBehaviour(Map.of(), 0, 0, false, false);
    }

    /** Refuses the nth message with the status. */
    public MsrpBehaviour refusing(int nth, int status) {
        Map<Integer, Integer> more = new TreeMap<>(refusals);
        more.put(nth, status);
        return new MsrpBehaviour(more, closeAfter, silentFrom, held, fragile);
    }

    /** Closes the TCP connection after the answer to the nth message. */
    public MsrpBehaviour closingAfter(int nth) {
        return new MsrpBehaviour(refusals, nth, silentFrom, held, fragile);
    }

    /** Does not answer the nth message or any after it. */
    public MsrpBehaviour silentFrom(int nth) {
        return new MsrpBehaviour(refusals, closeAfter, nth, held, fragile);
    }

    /** Keeps all answers back until {@link User#release()}. */
    public MsrpBehaviour holding() {
        return new MsrpBehaviour(refusals, closeAfter, silentFrom, true, fragile);
    }

    /**
     * Copes with one unanswered SEND only: takes a moment for each answer, and breaks the connection when another SEND comes before. The
     * first message gets no answer at all, however late that other SEND comes.
     */
    public MsrpBehaviour breakingOnASecondSend() {
        return new MsrpBehaviour(refusals, closeAfter, silentFrom, held, true);
    }

    /** The status for the nth message, 0 for no answer. */
    int statusOf(int nth) {
        return silentFrom > 0 && nth >= silentFrom ? 0 : refusals.getOrDefault(nth, 200);
    }
}
