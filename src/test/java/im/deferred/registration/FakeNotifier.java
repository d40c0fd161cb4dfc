package im.deferred.registration;

import static im.deferred.registration.FakeSip.fake;

import im.deferred.core.AddressRange;
import im.deferred.core.SipIpCore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.servlet.sip.Address;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipFactory;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import javax.servlet.sip.SipURI;

/** A core that is subscribed to: the SUBSCRIBEs that it gets, and the NOTIFYs and answers that it sends. */
final class FakeNotifier {

    /**
     * A SUBSCRIBE as it left.
     *
     * @param to its Request-URI
     * @param inDialog whether it is one more of a dialog
     * @param session that it belongs to
     */
    record Subscribe(String to, boolean inDialog, Map<String, String> headers, SipSession session) {}

    /** What the server sent in answer to a NOTIFY. */
    record Answer(int status, Map<String, String> headers) {}

    final List<Subscribe> subscribes = new ArrayList<>();
    final List<Answer> answers = new ArrayList<>();
    private IOException sendFailure;

    /** From now on nothing can be sent. */
    void beUnreachable() {
        sendFailure = new IOException("no way to the core");
    }

    SipIpCore core() {
        SipFactory factory = fake(
                SipFactory.class,
                Map.of(
                        "createURI",
                        uri -> fake(SipURI.class, Map.of("toString", none -> uri[0], "getHost", none -> "127.0.0.1")),
                        "createApplicationSession",
                        none -> application(),
                        "createRequest",
                        parts -> subscribe(parts[3].toString(), session((SipApplicationSession) parts[0]), false)));
        return new SipIpCore(
                factory,
                "sip:127.0.0.1:5060;lr",
                List.of(AddressRange.parse("127.0.0.0/8")),
                Set.of("example.test"),
                "sip:im-server@example.test",
                "test");
    }

    SipServletResponse answer(Subscribe subscribe, int status) {
        return fake(
                SipServletResponse.class,
                Map.of(
                        "getStatus", none -> status,
                        "getHeader", name -> subscribe.headers().get(name[0]),
                        "getSession", none -> subscribe.session()));
    }

    /** A NOTIFY in the dialog of that SUBSCRIBE; headers override Event, Subscription-State and Content-Type, null leaves one out. */
    SipServletRequest notify(Subscribe subscribe, String source, String body, String... headers) {
        Map<String, String> all = new HashMap<>(Map.of(
                "Event", "reg",
                "Subscription-State", "active;expires=600",
                "Content-Type", "application/reginfo+xml"));
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return fake(
                SipServletRequest.class,
                Map.of(
                        "getSession", none -> subscribe.session(),
                        "getRemoteAddr", none -> source,
                        "getCallId", none -> "call-1",
                        "getFrom", none -> fake(Address.class, Map.of("getParameter", name -> "notifier")),
                        "getHeader", name -> all.get(name[0]),
                        "getContentType", none -> all.get("Content-Type"),
                        "getRawContent", none -> body == null ? null : body.getBytes(StandardCharsets.UTF_8),
                        "createResponse", line -> response((int) line[0])));
    }

    private SipServletResponse response(int status) {
        Map<String, String> written = new HashMap<>();
        return fake(
                SipServletResponse.class,
                Map.of(
                        "setHeader", header -> written.put((String) header[0], (String) header[1]),
                        "send", none -> answers.add(new Answer(status, written))));
    }

    private static SipApplicationSession application() {
        Map<String, Object> attributes = new HashMap<>();
        return fake(
                SipApplicationSession.class,
                Map.of(
                        "setExpires", minutes -> minutes[0],
                        "getAttribute", name -> attributes.get(name[0]),
                        "setAttribute", pair -> attributes.put((String) pair[0], pair[1])));
    }

    private SipSession session(SipApplicationSession application) {
        Map<String, Object> attributes = new HashMap<>();
        SipSession[] self = new SipSession[1];
        self[0] = fake(
                SipSession.class,
                Map.of(
                        "setHandler", name -> null,
                        "getApplicationSession", none -> application,
                        "getAttribute", name -> attributes.get(name[0]),
                        "setAttribute", pair -> attributes.put((String) pair[0], pair[1]),
                        "createRequest", method -> subscribe("", self[0], true)));
        return self[0];
    }

    private SipServletRequest subscribe(String to, SipSession session, boolean inDialog) {
        Map<String, String> headers = new HashMap<>();
        return fake(
                SipServletRequest.class,
                Map.of(
                        "setHeader", header -> headers.put((String) header[0], (String) header[1]),
                        "pushRoute", route -> null,
                        "getSession", none -> session,
                        "setRoutingDirective", directive -> null,
                        "send",
                                none -> {
                                    if (sendFailure != null) {
                                        throw sendFailure;
                                    }
                                    return subscribes.add(new Subscribe(to, inDialog, headers, session));
                                }));
    }
}
