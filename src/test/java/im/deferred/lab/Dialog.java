package im.deferred.lab;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A dialog (RFC 3261 §12): what requests inside it are made of. */
final class Dialog {

    private final String callId;
    private final String local;
    private final String remote;
    private final String target;
    private final List<String> routes;
    private long cseq;

    private Dialog(String callId, String local, String remote, String target, List<String> routes, long cseq) {
        this.callId = callId;
        this.local = local;
        this.remote = remote;
        this.target = target;
        this.routes = routes;
        this.cseq = cseq;
    }

    /** The dialog of the one who answers: route set in the order of the request's Record-Route (§12.1.1). */
    static Dialog answering(SipMessage invite, SipMessage ok) {
        return new Dialog(
                invite.callId(),
                ok.need("To"),
                invite.need("From"),
                SipAddress.parse(invite.need("Contact")).uri(),
                invite.all("Record-Route"),
                0);
    }

    /** The dialog of the one who asked: route set in the reverse order of the response's Record-Route (§12.1.2). */
    static Dialog asking(SipMessage invite, SipMessage ok) {
        List<String> routes = new ArrayList<>(ok.all("Record-Route"));
        Collections.reverse(routes);
        return new Dialog(
                invite.callId(),
                invite.need("From"),
                ok.need("To"),
                SipAddress.parse(ok.need("Contact")).uri(),
                routes,
                invite.cseq());
    }

    static String key(SipMessage message, boolean ours) {
        SipAddress local = ours ? message.from() : message.to();
        return message.callId() + " " + local.tag();
    }

    /** A new request inside the dialog; ACK takes the number of its INVITE, which is the last one sent. */
    SipMessage request(String method) {
        if (!method.equals("ACK")) {
            cseq++;
        }
        SipMessage request = SipMessage.request(method, target)
                .add("Max-Forwards", "70")
                .add("From", local)
                .add("To", remote)
                .add("Call-ID", callId)
                .add("CSeq", cseq + " " + method);
        for (String route : routes) {
            request = request.add("Route", route);
        }
        return request;
    }

    /** Where requests inside the dialog go: the first route, else the remote target. */
    Hop hop() {
        String next =
                routes.isEmpty() ? target : SipAddress.parse(routes.get(0)).uri();
        return Hop.of(SipUri.parse(next), Transport.UDP, 0)
                .orElseThrow(() -> new IllegalArgumentException("no address in " + next));
    }
}
