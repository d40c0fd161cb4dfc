package im.deferred.session;

import im.deferred.core.RefusedException;
import im.deferred.core.SipIpCore;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.servlet.sip.ServletParseException;
import javax.servlet.sip.SipApplicationSession;
import javax.servlet.sip.SipServletRequest;
import javax.servlet.sip.SipServletResponse;

/** What a server in the middle passes on from one dialog into the other. */
final class EndToEnd {

    /**
     * What stays in its dialog: the container's own (JSR 289 §4.1.2), hop by hop (RFC 3261 §20), or about what each of the two dialogs
     * does for itself: extensions, session timers, credentials, the body.
     */
    private static final Set<String> NOT_PASSED_ON = Set.of(
            "via",
            "route",
            "record-route",
            "path",
            "max-forwards",
            "from",
            "to",
            "call-id",
            "cseq",
            "contact",
            "supported",
            "require",
            "proxy-require",
            "allow",
            "session-expires",
            "x",
            "min-se",
            "rseq",
            "rack",
            "timestamp",
            "expires",
            "replaces",
            "join",
            "authorization",
            "proxy-authorization",
            "mime-version",
            "content-disposition",
            "content-encoding",
            "content-language",
            "content-length",
            "content-type");

    private static final List<String> PASSED_BACK = List.of("Retry-After", "Warning", "Reason", "Error-Info", "Accept");

    /** More than an SDP of ours has, in octets. */
    private static final int SDP = 1000;

    private EndToEnd() {}

    /**
     * The INVITE that goes on in place of one that came, with no body yet.
     *
     * @throws RefusedException 483 if it may not go on, 400 if it cannot
     */
    static SipServletRequest onward(SipIpCore core, SipServletRequest original, SipApplicationSession session)
            throws RefusedException {
        int hops = original.getMaxForwards();
        if (hops == 0) {
            throw new RefusedException(SipServletResponse.SC_TOO_MANY_HOPS, "Too Many Hops");
        }
        List<String[]> headers = new ArrayList<>();
        int size = SDP;
        for (Iterator<String> names = original.getHeaderNames(); names.hasNext(); ) {
            String name = names.next();
            if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                for (Iterator<String> values = original.getHeaders(name); values.hasNext(); ) {
                    String value = values.next();
                    headers.add(new String[] {name, value});
                    size += name.length() + value.length();
                }
            }
        }
        try {
            SipServletRequest onward = core.onward(original, session, size);
            if (hops > 0) {
                onward.setMaxForwards(hops - 1);
            }
            headers.forEach(header -> onward.addHeader(header[0], header[1]));
            return onward;
        } catch (ServletParseException | IllegalArgumentException e) {
            throw new RefusedException(SipServletResponse.SC_BAD_REQUEST, "Bad Header", e);
        }
    }

    /** A failure that goes back in place of one that came. */
    static RefusedException back(SipServletResponse failure) {
        RefusedException back = new RefusedException(failure.getStatus(), failure.getReasonPhrase());
        for (String name : PASSED_BACK) {
            String value = failure.getHeader(name);
            if (value != null) {
                back.with(name, value);
            }
        }
        return back;
    }
}
