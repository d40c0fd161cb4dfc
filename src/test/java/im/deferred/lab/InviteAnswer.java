package im.deferred.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * What a user does with an INVITE. A value; every method that changes gives a new one.
 *
 * @param status 200 to accept, a failure to refuse, 180 to ring without end, 0 for no answer at all
 * @param headers what else stands in the response, such as Retry-After
 * @param setup the {@code a=setup} of the answer where the offer says {@code actpass}; any text, for bad answers too
 * @param acceptTypes the {@code a=accept-types}
 * @param wrappedTypes the {@code a=accept-wrapped-types}; empty for none
 * @param maxSize the {@code a=max-size} in octets; 0 for none
 * @param early whether an active client connects before the ACK
 * @param edit a last change to the SDP
 */
public record InviteAnswer(
        int status,
        List<Header> headers,
        String setup,
        String acceptTypes,
        String wrappedTypes,
        long maxSize,
        boolean early,
        UnaryOperator<String> edit) {

    /** Everything but the numbers must be there. */
    public InviteAnswer {
        headers = List.copyOf(headers);
        Objects.requireNonNull(setup, "setup");
        Objects.requireNonNull(acceptTypes, "acceptTypes");
        Objects.requireNonNull(wrappedTypes, "wrappedTypes");
        Objects.requireNonNull(edit, "edit");
    }

    /** Accepts with 200, connects itself, and takes encapsulated SIP and MSRP messages and CPIM. */
    public static InviteAnswer accept() {
        return new InviteAnswer(
                200,
                List.of(),
                "active",
                "message/sip message/sipfrag message/msrp message/cpim",
                "*",
                0,
                false,
                UnaryOperator.identity());
    }

    /** Refuses with the status. */
    public static InviteAnswer refuse(int status) {
        InviteAnswer accept = accept();
        return new InviteAnswer(
                status, List.of(), accept.setup, accept.acceptTypes, accept.wrappedTypes, 0, false, accept.edit);
    }

    /** Rings and never answers; a CANCEL ends it with 487. */
    public static InviteAnswer ring() {
        return refuse(180);
    }

    /** Says nothing at all, as a device that has lost its network. */
    public static InviteAnswer ignore() {
        return refuse(0);
    }

    /** With one more header in the response. */
    public InviteAnswer header(String name, String value) {
        List<Header> more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new InviteAnswer(status, more, setup, acceptTypes, wrappedTypes, maxSize, early, edit);
    }

    /** With this {@code a=setup}: {@code active} connects to the server, {@code passive} waits for it. */
    public InviteAnswer setup(String role) {
        return new InviteAnswer(status, headers, role, acceptTypes, wrappedTypes, maxSize, early, edit);
    }

    /** With these types, separated by spaces. */
    public InviteAnswer acceptTypes(String types) {
        return new InviteAnswer(status, headers, setup, types, wrappedTypes, maxSize, early, edit);
    }

    /** With these types inside wrappers, separated by spaces; empty for no such line. */
    public InviteAnswer wrappedTypes(String types) {
        return new InviteAnswer(status, headers, setup, acceptTypes, types, maxSize, early, edit);
    }

    /** With this limit in octets. */
    public InviteAnswer maxSize(long octets) {
        return new InviteAnswer(status, headers, setup, acceptTypes, wrappedTypes, octets, early, edit);
    }

    /** As an active client, connects right after its 200 and not only after the ACK: RFC 4145 §5 allows both. */
    public InviteAnswer connectingEarly() {
        return new InviteAnswer(status, headers, setup, acceptTypes, wrappedTypes, maxSize, true, edit);
    }

    /** With the SDP changed at the end: what a broken client would send. */
    public InviteAnswer sdp(UnaryOperator<String> change) {
        return new InviteAnswer(status, headers, setup, acceptTypes, wrappedTypes, maxSize, early, change);
    }

    /** The role for an offer with this {@code a=setup} (RFC 4145 §4, RFC 6135 §4); without it the offerer connects. */
    String roleFor(String offered) {
        return switch (offered) {
            case "active", "" -> "passive";
            case "passive" -> "active";
            default -> setup;
        };
    }
}
