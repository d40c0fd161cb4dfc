package im.deferred.session;

import static im.deferred.registration.FakeSip.fake;

import im.deferred.registration.FakeSip.Method;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.servlet.sip.Address;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;
import javax.servlet.sip.SipURI;

/** An INVITE that came from a user, its dialog, and what the server sends in it. */
final class FakeInvite {

    /** A message as it left: a status or a method, its headers, its SDP. */
    record Sent(String what, Map<String, String> headers, String sdp) {}

    final Map<String, String> headers = new HashMap<>();
    final SipServletRequest request;
    final SipSession session;
    private final BlockingQueue<Sent> sent = new LinkedBlockingQueue<>();
    private String sdp;
    private String requestUri = "sip:bob@example.test";
    private String remote = "127.0.0.1";
    private String failing = "none";

    FakeInvite(String offer) {
        sdp = offer;
        Map<String, Object> attributes = new HashMap<>();
        SipApplicationSession application = fake(
                SipApplicationSession.class,
                Map.of(
                        "getAttribute", name -> attributes.get(name[0]),
                        "setAttribute", pair -> attributes.put((String) pair[0], pair[1]),
                        "setExpires", minutes -> minutes[0]));
        SipSession[] self = new SipSession[1];
        session = fake(
                SipSession.class,
                Map.of(
                        "getAttribute", name -> attributes.get(name[0]),
                        "setAttribute", pair -> attributes.put((String) pair[0], pair[1]),
                        "getApplicationSession", none -> application,
                        "equals", other -> other[0] == self[0],
                        "createRequest", method -> sending((String) method[0])));
        self[0] = session;
        request = request("INVITE", () -> sdp, headers);
    }

    FakeInvite to(String uri) {
        requestUri = uri;
        return this;
    }

    FakeInvite from(String address) {
        remote = address;
        return this;
    }

    FakeInvite header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** From now on messages of that method or status cannot be sent. */
    void failToSend(String what) {
        failing = what;
    }

    /** A request in its dialog. */
    SipServletRequest again(String method, String offer, Map<String, String> with) {
        return request(method, () -> offer, with);
    }

    /** The answer to a request that the server sent in the dialog. */
    SipServletResponse answer(String method, int status, Map<String, String> with) {
        return fake(
                SipServletResponse.class,
                Map.of(
                        "getStatus", none -> status,
                        "getMethod", none -> method,
                        "getSession", none -> session,
                        "getHeader", name -> with.get(name[0]),
                        "createAck", none -> sending("ACK")));
    }

    /** The next message that the server sends, within ten seconds. */
    Sent next() throws InterruptedException {
        Sent next = sent.poll(10, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing was sent");
        }
        return next;
    }

    boolean sentNothingMore() {
        return sent.isEmpty();
    }

    private interface Body {
        String text();
    }

    private SipServletRequest request(String method, Body body, Map<String, String> with) {
        Map<String, Method> methods = new HashMap<>(Map.of(
                "getMethod", none -> method,
                "getSession", none -> session,
                "getApplicationSession", none -> session.getApplicationSession(),
                "getCallId", none -> "call-1",
                "getHeader", name -> with.get(name[0]),
                "getHeaders",
                        name -> with.containsKey(name[0])
                                ? List.of(with.get(name[0])).listIterator()
                                : Collections.emptyListIterator(),
                "getRawContent",
                        none -> body.text() == null ? null : body.text().getBytes(StandardCharsets.UTF_8),
                "getContentType", none -> body.text() == null ? null : "application/sdp",
                "createResponse", status -> sending(SipServletResponse.class, status[0].toString())));
        methods.put("getRemoteAddr", none -> remote);
        methods.put("getRequestURI", none -> uri(requestUri));
        methods.put("getFrom", none -> address("sip:alice@example.test"));
        methods.put("getTo", none -> address(requestUri));
        methods.put("getAddressHeader", name -> first((String) name[0]));
        methods.put("getAddressHeaders", name -> addresses((String) name[0]));
        return fake(SipServletRequest.class, methods);
    }

    private Object first(String name) {
        ListIterator<Address> all = addresses(name);
        return all.hasNext() ? all.next() : null;
    }

    private ListIterator<Address> addresses(String name) {
        return Stream.ofNullable(headers.get(name))
                .flatMap(value -> Stream.of(value.split(", ")))
                .map(FakeInvite::address)
                .toList()
                .listIterator();
    }

    private static Address address(String uri) {
        return fake(
                Address.class,
                Map.of(
                        "getURI", none -> uri(uri),
                        "getDisplayName", none -> null,
                        "getParameterNames", none -> Collections.emptyIterator()));
    }

    private static SipURI uri(String text) {
        return fake(
                SipURI.class,
                Map.of(
                        "toString", none -> text,
                        "getScheme", none -> "sip",
                        "getUser", none -> text.substring(4, text.indexOf('@')),
                        "getHost", none -> text.substring(text.indexOf('@') + 1),
                        "getPort", none -> -1));
    }

    private SipServletRequest sending(String method) {
        return sending(SipServletRequest.class, method);
    }

    private <T> T sending(Class<T> type, String what) {
        Map<String, String> written = new HashMap<>();
        String[] content = new String[1];
        return fake(
                type,
                Map.of(
                        "getMethod", none -> what,
                        "setHeader", header -> written.put((String) header[0], (String) header[1]),
                        "addHeader", header -> written.put((String) header[0], (String) header[1]),
                        "setContent", body -> content[0] = new String((byte[]) body[0], StandardCharsets.UTF_8),
                        "send",
                                none -> {
                                    if (what.equals(failing)) {
                                        throw new IOException("no way to send " + what);
                                    }
                                    return sent.add(new Sent(what, written, content[0]));
                                }));
    }
}
