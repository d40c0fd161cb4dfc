package im.deferred.lab;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** A message that a user sends in a session: what came back of it. */
public final class MsrpSent {

    private final String messageId;
    private final int chunks;
    private final Inbox<Integer> statuses;
    private final Inbox<MsrpFrame> reports;

    MsrpSent(String messageId, int chunks, Supplier<String> context) {
        this.messageId = messageId;
        this.chunks = chunks;
        statuses = new Inbox<>("responses to " + messageId, context);
        reports = new Inbox<>("REPORTs of " + messageId, context);
    }

    /** Its Message-ID. */
    public String messageId() {
        return messageId;
    }

    /** The statuses of the responses that came, one for each chunk, in their order. */
    public Inbox<Integer> statuses() {
        return statuses;
    }

    /** The REPORTs that came of it. */
    public Inbox<MsrpFrame> reports() {
        return reports;
    }

    /** Waits until every chunk is answered, or one of them with a failure: the status of the message. */
    public int awaitStatus(Duration limit) {
        statuses.find(status -> status != 200 || statuses.size() == chunks, limit);
        List<Integer> all = statuses.all();
        return all.stream().filter(status -> status != 200).findFirst().orElseGet(() -> {
            statuses.await(chunks, limit);
            return 200;
        });
    }

    @Override
    public String toString() {
        return messageId + " " + statuses.all();
    }
}
