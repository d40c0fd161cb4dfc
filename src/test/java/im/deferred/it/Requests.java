package im.deferred.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import im.deferred.lab.RawClient;
import im.deferred.lab.SipMessage;
import java.util.UUID;

/** Requests to the server as a core would send them, to be changed and sent by hand. */
final class Requests {

    private Requests() {}

    /** A third-party REGISTER for a minute, without a body and without a Via. */
    static SipMessage register(String aor) {
        return request("REGISTER", "sip:im-server@example.test", aor)
                .add("Contact", "<sip:127.0.0.1:5060>")
                .add("Expires", "60");
    }

    /** A PUBLISH for the user, asserted by the core, without a body and without a Via. */
    static SipMessage publish(String aor, String event) {
        return request("PUBLISH", aor, aor)
                .add("P-Asserted-Identity", "<" + aor + ">")
                .add("Event", event)
                .add("Expires", "3600");
    }

    /** A MESSAGE, without a Via. */
    static SipMessage message(String to, String text) {
        return request("MESSAGE", to, to).withBody("text/plain", text.getBytes(UTF_8));
    }

    /** An OPTIONS, without a Via. */
    static SipMessage options(String to) {
        return request("OPTIONS", to, to);
    }

    /** An INVITE, without a Via and an offer. */
    static SipMessage invite(String to) {
        return request("INVITE", to, to).add("Contact", "<sip:alice@127.0.0.1:5060;transport=tcp>");
    }

    private static SipMessage request(String method, String uri, String to) {
        return SipMessage.request(method, uri)
                .add("Max-Forwards", "70")
                .add("From", "<sip:core@example.test>;tag=" + token())
                .add("To", "<" + to + ">")
                .add("Call-ID", token())
                .add("CSeq", "1 " + method);
    }

    /** Sends the request with a Via of its own. */
    static RawClient send(RawClient client, String transport, SipMessage request) {
        return client.send(withVia(client, transport, request).toBytes());
    }

    /** The request with a Via that leads back to the client. */
    static SipMessage withVia(RawClient client, String transport, SipMessage request) {
        return request.push(
                "Via", "SIP/2.0/" + transport + " " + client.hostPort() + ";branch=z9hG4bK" + token() + ";rport");
    }

    static String token() {
        return UUID.randomUUID().toString();
    }
}
