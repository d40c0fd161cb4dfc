package im.deferred.summary;

import java.io.IOException;

/** Sends the NOTIFYs of one subscription. */
interface Notifier {

    /**
     * Sends one.
     *
     * @param state the value of Subscription-State (RFC 6665 §8.2.3)
     * @param summary the content, or null for none
     * @throws IOException if it could not be sent
     * @throws IllegalStateException if its dialog is over
     */
    void send(String state, MessageSummary summary) throws IOException;

    /** The last one was sent. */
    void close();
}
