package im.deferred.msrp;

/** What became of an outgoing message. */
public sealed interface Delivery {
    /** A 200 came for every chunk and, where one was asked for, the success REPORT for the whole message (RFC 4975 §7.1.2). */
    record Confirmed() implements Delivery {}

    /**
     * It was written to the connection, and nobody was asked to confirm it ({@link FailureReport#NO} or {@link FailureReport#PARTIAL}, and
     * no success REPORT): the peer may or may not have the message.
     */
    record Unconfirmed() implements Delivery {}

    /**
     * The peer or a relay did not take it, or did not answer in time.
     *
     * @param status of the response or REPORT; 408 when none came
     * @param comment its reason phrase, empty when there is none
     */
    record Refused(int status, String comment) implements Delivery {}

    /**
     * The session was over before the outcome was known: the peer may or may not have the message.
     *
     * @param reason for the log
     */
    record Lost(String reason) implements Delivery {}
}
