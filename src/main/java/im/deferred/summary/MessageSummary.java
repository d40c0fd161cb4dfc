package im.deferred.summary;

import im.deferred.core.Aor;
import im.deferred.message.MessageCounts;

/**
 * What waits for a user, as the content of a NOTIFY ({@code application/simple-message-summary}, RFC 3842 §3.5 and §5.2).
 *
 * <p>New are the messages that wait to be delivered, old those that the user's client was offered and took in no form. The lamp is
 * on, {@code Messages-Waiting: yes}, while there are new ones.
 */
record MessageSummary(Aor account, MessageCounts counts) {

    /** The content type. */
    static final String CONTENT_TYPE = "application/simple-message-summary";

    /** The lines. */
    @Override
    public String toString() {
        return "Messages-Waiting: " + (counts.waiting() > 0 ? "yes" : "no") + "\r\n"
                + "Message-Account: " + account + "\r\n"
                + "Text-Message: " + counts.waiting() + "/" + counts.held()
                + " (" + counts.urgentWaiting() + "/" + counts.urgentHeld() + ")\r\n";
    }
}
