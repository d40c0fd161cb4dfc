package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A user's subscription to what waits for them (RFC 3842), and the NOTIFYs that came of it. */
public final class Subscription {

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(40);

    private record Refusal(int status, int retryAfter) {}

    private final User user;
    private final SipMessage subscribe;
    private final Inbox<SipMessage> notifies;
    private final Queue<Refusal> refusals = new ConcurrentLinkedQueue<>();
    private SipMessage answer;
    private Dialog dialog;

    Subscription(User user, SipMessage subscribe) {
        this.user = user;
        this.subscribe = subscribe;
        notifies = new Inbox<>("NOTIFYs to " + user.name(), user.trace()::tail);
    }

    /** Sends the first SUBSCRIBE and waits for its answer. */
    Subscription begin() {
        answer = Loop.join(user.send(subscribe, Transport.UDP), ANSWER_LIMIT);
        if (answer.isSuccess()) {
            dialog = Dialog.asking(subscribe, answer);
        }
        return this;
    }

    /** The answer to the first SUBSCRIBE. */
    public SipMessage answer() {
        return answer;
    }

    /** Subscribes again in the same dialog for so many seconds, 0 to end it, and returns the answer. */
    public SipMessage again(int seconds) {
        SipMessage again = dialog.request("SUBSCRIBE")
                .add("Event", subscribe.need("Event"))
                .add("Contact", subscribe.need("Contact"))
                .add("Expires", Integer.toString(seconds));
        return Loop.join(user.send(again, dialog.hop()), ANSWER_LIMIT);
    }

    /** The NOTIFYs that came, in order. */
    public Inbox<SipMessage> notifies() {
        return notifies;
    }

    /** Waits for a NOTIFY whose {@code Text-Message} line says this, among those that came before too. */
    public SipMessage await(String textMessages, Duration limit) {
        String line = "Text-Message: " + textMessages + "\r\n";
        return notifies.await(notify -> new String(notify.body(), UTF_8).contains(line), "with " + textMessages, limit);
    }

    /** Answers the next NOTIFY, and only that, with this status. */
    public void refuseNext(int status) {
        refusals.add(new Refusal(status, 0));
    }

    /** Answers the next NOTIFY, and only that, with 503 and these seconds to wait. */
    public void putOffNext(int retryAfter) {
        refusals.add(new Refusal(503, retryAfter));
    }

    boolean isIn(SipMessage notify) {
        return notify.callId().equals(subscribe.callId())
                && notify.to().tag().equals(subscribe.from().tag());
    }

    void notified(ServerTransaction transaction) {
        Refusal refusal = refusals.poll();
        if (refusal == null) {
            transaction.respond(200, "OK");
        } else {
            SipMessage response = SipMessage.response(transaction.request(), refusal.status, "Refused");
            transaction.respond(
                    refusal.retryAfter == 0
                            ? response
                            : response.add("Retry-After", Integer.toString(refusal.retryAfter)));
        }
        notifies.add(transaction.request());
    }
}
