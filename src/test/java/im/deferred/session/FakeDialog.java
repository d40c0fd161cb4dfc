package im.deferred.session;

import static im.deferred.registration.FakeSip.fake;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;
import javax.servlet.sip.SipSession;

/** The SIP side of one INVITE of ours: its dialog, those of its forks, and what the server sends in them. */
final class FakeDialog {

    /** Methods in the order of sending; those in a fork's dialog with the fork's name, such as {@code fork: BYE}. */
    final List<String> sent = new CopyOnWriteArrayList<>();

    private final Semaphore sending = new Semaphore(0);

    final Map<String, Object> attributes = new HashMap<>();
    private final Map<String, Object> applicationAttributes = new HashMap<>();
    private final SipApplicationSession application = fake(
            SipApplicationSession.class,
            Map.of(
                    "getAttribute", name -> applicationAttributes.get(name[0]),
                    "setAttribute", pair -> applicationAttributes.put((String) pair[0], pair[1]),
                    "setExpires", minutes -> minutes[0]));
    final SipSession session = session("", attributes);
    final SipSession fork = session("fork: ", new HashMap<>());
    final SipServletRequest invite = fake(
            SipServletRequest.class,
            Map.of(
                    "createCancel", none -> sending("CANCEL", SipServletRequest.class),
                    "getApplicationSession", none -> application));
    private String failing = "none";

    /** What was sent, once it is so much; within ten seconds. */
    List<String> sent(int count) throws InterruptedException {
        if (!sending.tryAcquire(count, 10, TimeUnit.SECONDS)) {
            throw new AssertionError("no more was sent than " + sent);
        }
        sending.release(count);
        return sent;
    }

    /** From now on requests of that method cannot be sent. */
    void failToSend(String method) {
        failing = method;
    }

    SipServletResponse ok(SipSession dialog, String sdp) {
        String prefix = dialog == fork ? "fork: " : "";
        return fake(
                SipServletResponse.class,
                Map.of(
                        "getSession", none -> dialog,
                        "getCallId", none -> "call-1",
                        "getHeader", name -> null,
                        "getRawContent", none -> sdp == null ? null : sdp.getBytes(StandardCharsets.UTF_8),
                        "createAck", none -> sending(prefix + "ACK", SipServletRequest.class)));
    }

    SipServletResponse failure(int status, Map<String, String> headers) {
        return fake(
                SipServletResponse.class,
                Map.of("getStatus", none -> status, "getHeader", name -> headers.get(name[0])));
    }

    SipServletResponse okToBye(SipSession dialog) {
        return fake(SipServletResponse.class, Map.of("getSession", none -> dialog));
    }

    private SipSession session(String prefix, Map<String, Object> attributes) {
        SipSession[] self = new SipSession[1];
        self[0] = fake(
                SipSession.class,
                Map.of(
                        "getAttribute", name -> attributes.get(name[0]),
                        "setAttribute", pair -> attributes.put((String) pair[0], pair[1]),
                        "getApplicationSession", none -> application,
                        "equals", other -> other[0] == self[0],
                        "createRequest", method -> sending(prefix + method[0], SipServletRequest.class)));
        return self[0];
    }

    private <T> T sending(String what, Class<T> type) {
        return fake(type, Map.of("send", none -> {
            if (what.endsWith(failing)) {
                throw new IOException("no way to send " + what);
            }
            sent.add(what);
            sending.release();
            return null;
        }));
    }
}
