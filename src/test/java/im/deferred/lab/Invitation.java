package im.deferred.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Objects;
import java.util.function.UnaryOperator;

/** An INVITE to an MSRP session (RFC 4975 §8) that a user is about to send. A value; every method that changes gives a new one. */
public final class Invitation {

    private final User from;
    private final SipMessage request;
    private final MsrpUri local;
    private final String setup;
    private final UnaryOperator<String> edit;

    private Invitation(User from, SipMessage request, MsrpUri local, String setup, UnaryOperator<String> edit) {
        this.from = from;
        this.request = request;
        this.local = local;
        this.setup = Objects.requireNonNull(setup);
        this.edit = edit;
    }

    Invitation(User from, SipMessage request, MsrpUri local) {
        this(from, request, local, "actpass", UnaryOperator.identity());
    }

    /** With this {@code a=setup}; empty for none, and then the caller connects. */
    public Invitation setup(String role) {
        return new Invitation(from, request, local, role, edit);
    }

    /** With the SDP changed at the end. */
    public Invitation sdp(UnaryOperator<String> change) {
        return new Invitation(from, request, local, setup, change);
    }

    /** With one more line in the SDP, such as {@code a=sendonly}. */
    public Invitation line(String line) {
        return sdp(sdp -> edit.apply(sdp) + line + "\r\n");
    }

    /** With this header. */
    public Invitation header(String name, String value) {
        return new Invitation(from, request.add(name, value), local, setup, edit);
    }

    /** Sends it. */
    public OutgoingCall call() {
        return from.call(request.withBody("application/sdp", offer().getBytes(UTF_8)), local);
    }

    private String offer() {
        return edit.apply("v=0\r\n"
                + "o=- 1 1 IN IP4 " + local.host() + "\r\n"
                + "s=-\r\n"
                + "c=IN IP4 " + local.host() + "\r\n"
                + "t=0 0\r\n"
                + "m=message " + (setup.equals("active") ? 9 : local.port()) + " TCP/MSRP *\r\n"
                + "a=path:" + local + "\r\n"
                + "a=accept-types:*\r\n"
                + (setup.isEmpty() ? "" : "a=setup:" + setup + "\r\n"));
    }
}
