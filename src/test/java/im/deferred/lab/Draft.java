package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A SIP MESSAGE (RFC 3428) that a user is writing. A value; every method that changes gives a new one. */
public final class Draft {

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(40);
    private static final Set<String> ONCE =
            Set.of("from", "to", "call-id", "cseq", "max-forwards", "route", "content-type");

    private final User from;
    private final SipMessage request;
    private final Transport transport;

    Draft(User from, SipMessage request, Transport transport) {
        this.from = from;
        this.request = request;
        this.transport = transport;
    }

    /** With this text as {@code text/plain;charset=UTF-8}. */
    public Draft text(String text) {
        return body("text/plain;charset=UTF-8", text.getBytes(UTF_8));
    }

    /** With this content. */
    public Draft body(String contentType, byte[] content) {
        return new Draft(from, request.withBody(contentType, content), transport);
    }

    /** With this header: in place of the one that is there for those that occur once, else one more. */
    public Draft header(String name, String value) {
        boolean once = ONCE.contains(name.toLowerCase(Locale.ROOT));
        return new Draft(from, once ? request.with(name, value) : request.add(name, value), transport);
    }

    /** By this transport; what is too large for UDP goes by TCP all the same (RFC 3261 §18.1.1). */
    public Draft over(Transport by) {
        return new Draft(from, request, by);
    }

    /** Sends it and waits for the final response. */
    public Sent send() {
        return Loop.join(start(), ANSWER_LIMIT);
    }

    /** Sends it; the future ends with the final response. */
    public CompletableFuture<Sent> start() {
        return from.send(request, transport).thenApply(response -> new Sent(request, response));
    }
}
