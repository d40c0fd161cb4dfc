package im.deferred.it;

import im.deferred.lab.Call;
import im.deferred.lab.MsrpFrame;
import im.deferred.lab.SipMessage;
import im.deferred.lab.Trace;
import im.deferred.lab.User;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What the trace of a core saw, for assertions on order and number. */
final class Wire {

    private final Trace trace;

    Wire(Trace trace) {
        this.trace = trace;
    }

    /**
     * The session of a call in the order of the wire, each message once, such as {@code AS>Core INVITE} and {@code Core>AS 200 INVITE}:
     * SIP as the core saw it, MSRP as the user saw it. 100 is left out.
     */
    List<String> session(User user, Call call) {
        String session = call.offer().attribute("path").orElseThrow().trim();
        return trace.seen().stream()
                .filter(seen -> seen.message() instanceof SipMessage sip
                        ? seen.by().equals("Core")
                                && sip.status() != 100
                                && sip.header("Call-ID")
                                        .filter(call.invite().callId()::equals)
                                        .isPresent()
                        : seen.by().equals(user.name()) && isOf(session, (MsrpFrame) seen.message()))
                .map(Wire::line)
                .distinct()
                .toList();
    }

    private static boolean isOf(String session, MsrpFrame frame) {
        return Stream.of("To-Path", "From-Path")
                .anyMatch(path -> frame.need(path).contains(session));
    }

    private static String line(Trace.Seen seen) {
        String way = seen.from() + ">" + seen.to() + " ";
        if (seen.message() instanceof SipMessage sip) {
            return way + (sip.isRequest() ? "" : sip.status() + " ") + sip.method();
        }
        MsrpFrame frame = (MsrpFrame) seen.message();
        String what = frame.status() > 0 ? Integer.toString(frame.status()) : frame.method();
        return way + "MSRP " + what + (frame.carriesContent() ? " with content" : "")
                + (frame.flag() == '#' ? " aborted" : "");
    }

    /** When the server sent requests of that method with that To, in order, those sent again left out. */
    List<Instant> requestsFromServer(String method, String aor) {
        return trace.seen().stream()
                .filter(isSip(sip -> sip.isRequest()
                        && sip.method().equals(method)
                        && sip.to().sipUri().aor().equals(aor)))
                .filter(seen -> seen.by().equals("Core") && seen.from().equals("AS"))
                .filter(distinctBranches())
                .map(Trace.Seen::at)
                .toList();
    }

    /** Where in the trace the first SIP message is that fits. */
    int indexOf(String from, String to, Predicate<SipMessage> fits) {
        List<Trace.Seen> all = trace.seen();
        for (int i = 0; i < all.size(); i++) {
            Trace.Seen seen = all.get(i);
            if (seen.from().equals(from) && seen.to().equals(to) && isSip(fits).test(seen)) {
                return i;
            }
        }
        throw new AssertionError("not seen from " + from + " to " + to + "\n" + trace.tail());
    }

    private static Predicate<Trace.Seen> isSip(Predicate<SipMessage> fits) {
        return seen -> seen.message() instanceof SipMessage sip && fits.test(sip);
    }

    private static Predicate<Trace.Seen> distinctBranches() {
        Set<String> known = new HashSet<>();
        return seen -> known.add(((SipMessage) seen.message()).need("Via"));
    }
}
