package im.deferred.lab;

import java.util.ArrayList;
import java.util.List;

/** One request on its way through the core, to one or more targets (RFC 3261 §16.6 to §16.8). */
final class Forwarding {

    private final SipEndpoint endpoint;
    private final ServerTransaction incoming;
    private final List<ClientTransaction> branches = new ArrayList<>();
    private int open;
    private SipMessage best;

    Forwarding(SipEndpoint endpoint, ServerTransaction incoming) {
        this.endpoint = endpoint;
        this.incoming = incoming;
    }

    /** One target: the request as it goes there. */
    record Target(SipMessage request, Hop hop) {}

    void start(List<Target> targets) {
        open = targets.size();
        if (incoming.request().method().equals("INVITE")) {
            incoming.respond(100, "Trying");
        }
        for (Target target : targets) {
            branches.add(endpoint.send(target.request(), target.hop(), this::received));
        }
    }

    private void received(SipMessage response) {
        SipMessage onward = response.pop("Via");
        if (response.status() < 200) {
            if (response.status() > 100) {
                incoming.respond(onward);
            }
        } else if (response.isSuccess()) {
            incoming.respond(onward);
            cancel();
        } else {
            open--;
            if (best == null || rank(response) < rank(best)) {
                best = onward;
            }
            if (open == 0) {
                incoming.respond(best);
            }
        }
    }

    /** RFC 3261 §16.7: any 6xx before all others, then the lowest. */
    private static int rank(SipMessage response) {
        return response.status() >= 600 ? 0 : response.status();
    }

    /** Ends the branches that have no final answer yet. */
    void cancel() {
        branches.forEach(ClientTransaction::cancel);
    }
}
