package im.deferred.lab;

import java.time.Duration;
import java.util.function.Consumer;

/** A client transaction (RFC 3261 §17.1, with the Accepted state of RFC 6026). */
final class ClientTransaction {

    static final Duration T1 = Duration.ofMillis(500);
    static final Duration T2 = Duration.ofSeconds(4);
    static final Duration LIFE = T1.multipliedBy(64);

    enum State {
        CALLING,
        TRYING,
        PROCEEDING,
        ACCEPTED,
        COMPLETED,
        TERMINATED
    }

    private final SipEndpoint endpoint;
    private final SipMessage request;
    private final Hop hop;
    private final Consumer<SipMessage> responses;
    private final boolean invite;
    private State state;
    private boolean cancelWanted;

    ClientTransaction(SipEndpoint endpoint, SipMessage request, Hop hop, Consumer<SipMessage> responses) {
        this.endpoint = endpoint;
        this.request = request;
        this.hop = hop;
        this.responses = responses;
        invite = request.method().equals("INVITE");
        state = invite ? State.CALLING : State.TRYING;
    }

    SipMessage request() {
        return request;
    }

    Hop hop() {
        return hop;
    }

    State state() {
        return state;
    }

    void start() {
        endpoint.transport().send(request, hop);
        if (hop.transport() == Transport.UDP) {
            endpoint.loop().after(T1, () -> retransmit(T1)); // timer A or E
        }
        endpoint.loop().after(LIFE, this::timeout); // timer B or F
    }

    private void retransmit(Duration last) {
        boolean again = state == State.CALLING || !invite && (state == State.TRYING || state == State.PROCEEDING);
        if (again) {
            endpoint.transport().send(request, hop);
            Duration next = last.multipliedBy(2);
            Duration capped = invite || next.compareTo(T2) < 0 ? next : T2;
            endpoint.loop().after(capped, () -> retransmit(capped));
        }
    }

    private void timeout() {
        if (state == State.CALLING || !invite && (state == State.TRYING || state == State.PROCEEDING)) {
            fail(408, "Request Timeout");
        }
    }

    /** What RFC 3261 §8.1.3.1 asks for where no response can come. */
    void fail(int status, String reason) {
        if (state != State.ACCEPTED && state != State.COMPLETED && state != State.TERMINATED) {
            terminate();
            responses.accept(SipMessage.response(request, status, reason));
        }
    }

    void received(SipMessage response) {
        switch (state) {
            case CALLING, TRYING, PROCEEDING -> {
                if (response.status() < 200) {
                    provisional(response);
                } else {
                    completed(response);
                }
            }
            case ACCEPTED -> {
                if (response.isSuccess()) {
                    responses.accept(response); // a fork, or a 2xx sent again: the user's business (RFC 6026)
                }
            }
            case COMPLETED -> {
                if (invite && response.status() >= 300) {
                    acknowledge(response);
                }
            }
            case TERMINATED -> {}
        }
    }

    private void provisional(SipMessage response) {
        state = State.PROCEEDING;
        responses.accept(response);
        if (cancelWanted) {
            sendCancel();
        }
    }

    private void completed(SipMessage response) {
        state = invite && response.isSuccess() ? State.ACCEPTED : State.COMPLETED;
        if (invite && state == State.COMPLETED) {
            acknowledge(response);
        }
        endpoint.loop().after(LIFE, this::terminate); // timer D, K or M
        responses.accept(response);
    }

    /** The ACK of a failure, in the same transaction (RFC 3261 §17.1.1.3). */
    private void acknowledge(SipMessage response) {
        endpoint.transport().send(sibling("ACK").with("To", response.need("To")), hop);
    }

    /** Cancels the INVITE as soon as a provisional response has come (RFC 3261 §9.1); nothing once it was answered. */
    void cancel() {
        if (state == State.PROCEEDING) {
            sendCancel();
        } else if (state == State.CALLING) {
            cancelWanted = true;
        }
    }

    private void sendCancel() {
        cancelWanted = false;
        endpoint.sendWithOwnVia(sibling("CANCEL"), hop, ignored -> {});
    }

    private SipMessage sibling(String method) {
        SipMessage sibling = SipMessage.request(method, request.requestUri())
                .add("Via", request.need("Via"))
                .add("Max-Forwards", "70")
                .add("From", request.need("From"))
                .add("To", request.need("To"))
                .add("Call-ID", request.callId())
                .add("CSeq", request.cseq() + " " + method);
        for (String route : request.all("Route")) {
            sibling = sibling.add("Route", route);
        }
        return sibling;
    }

    private void terminate() {
        state = State.TERMINATED;
        endpoint.ended(this);
    }
}
