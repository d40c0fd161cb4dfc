package im.deferred.lab;

import java.time.Duration;

/** A server transaction (RFC 3261 §17.2, with the Accepted state of RFC 6026). */
final class ServerTransaction {

    enum State {
        TRYING,
        PROCEEDING,
        ACCEPTED,
        COMPLETED,
        CONFIRMED,
        TERMINATED
    }

    private final SipEndpoint endpoint;
    private final SipMessage request;
    private final Hop reply;
    private final boolean invite;
    private State state = State.TRYING;
    private SipMessage last;

    ServerTransaction(SipEndpoint endpoint, SipMessage request, Hop reply) {
        this.endpoint = endpoint;
        this.request = request;
        this.reply = reply;
        invite = request.method().equals("INVITE");
    }

    SipMessage request() {
        return request;
    }

    /** Where the request came from. */
    Hop peer() {
        return reply;
    }

    /** Whether a final response went out. */
    boolean isAnswered() {
        return state != State.TRYING && state != State.PROCEEDING;
    }

    /** The same request came again. */
    void repeated() {
        if (last != null && state != State.ACCEPTED && state != State.CONFIRMED) {
            endpoint.transport().send(last, reply);
        }
    }

    /** The ACK of a failure came. */
    void acknowledged() {
        if (state == State.COMPLETED) {
            state = State.CONFIRMED;
        }
    }

    boolean awaitsAck() {
        return invite && (state == State.COMPLETED || state == State.CONFIRMED);
    }

    void respond(int status, String reason) {
        respond(SipMessage.response(request, status, reason));
    }

    /** Sends the response; a 2xx to INVITE may follow another, nothing else may follow a final response. */
    void respond(SipMessage response) {
        if (isAnswered() && !(state == State.ACCEPTED && response.isSuccess())) {
            return;
        }
        last = response;
        endpoint.transport().send(response, reply);
        if (response.status() < 200) {
            state = State.PROCEEDING;
        } else if (!isAnswered()) {
            state = invite && response.isSuccess() ? State.ACCEPTED : State.COMPLETED;
            endpoint.loop().after(ClientTransaction.LIFE, this::terminate); // timer H, J or L
            if (state == State.COMPLETED && invite && reply.transport() == Transport.UDP) {
                endpoint.loop().after(ClientTransaction.T1, () -> resend(ClientTransaction.T1)); // timer G
            }
        }
    }

    private void resend(Duration waited) {
        if (state == State.COMPLETED) {
            endpoint.transport().send(last, reply);
            Duration twice = waited.multipliedBy(2);
            Duration next = twice.compareTo(ClientTransaction.T2) < 0 ? twice : ClientTransaction.T2;
            endpoint.loop().after(next, () -> resend(next));
        }
    }

    private void terminate() {
        state = State.TERMINATED;
        endpoint.ended(this);
    }
}
