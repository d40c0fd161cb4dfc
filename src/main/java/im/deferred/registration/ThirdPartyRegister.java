package im.deferred.registration;

import im.deferred.core.Aor;
import java.io.IOException;
import java.util.OptionalLong;
import javax.servlet.sip.Address;
import javax.servlet.sip.ServletParseException;
import javax.servlet.sip.SipServletRequest;

/**
 * A third-party REGISTER (TS 24.229 §5.4.1.7): the core tells that a user registered, registered again, or is gone.
 *
 * <p>Its CSeq tells nothing about order: cores begin a new Call-ID for each.
 *
 * @param user the public user identity in To
 * @param expires for how long, in seconds, 0 to {@link DeltaSeconds#MAX}; 0 if the user is gone
 * @param body what else it tells
 */
record ThirdPartyRegister(Aor user, long expires, RegisterBody body) {

    /** How long a registration lasts when nobody says, in seconds (RFC 3261 §10.3 step 7 leaves it to us). */
    static final long DEFAULT_EXPIRES = 3600;

    /**
     * Reads a request.
     *
     * @throws RefusedException with 400 and a reason phrase that names what is malformed
     */
    static ThirdPartyRegister of(SipServletRequest request) throws RefusedException, IOException {
        return new ThirdPartyRegister(
                user(request), expires(request), RegisterBody.parse(request.getContentType(), request.getRawContent()));
    }

    private static Aor user(SipServletRequest request) throws RefusedException {
        try {
            return Aor.of(request.getTo().getURI());
        } catch (IllegalArgumentException e) {
            throw new RefusedException(400, "To Names No User", e);
        }
    }

    /**
     * RFC 3261 §10.3 step 7: the Contact's own {@code expires}, else the Expires header, else the registrar's choice. A
     * malformed {@code expires} counts as 3600 (§10.2.1.1); for the header there is no such leave. TS 24.229 always
     * has the header. With neither Contact nor Expires it is a query (§10.2.3), which says nothing about the user.
     */
    private static long expires(SipServletRequest request) throws RefusedException {
        Address contact;
        try {
            contact = request.getAddressHeader("Contact");
        } catch (ServletParseException e) {
            throw new RefusedException(400, "Malformed Contact", e);
        }
        String header = request.getHeader("Expires");
        OptionalLong told = header == null ? OptionalLong.empty() : DeltaSeconds.parse(header);
        if (header != null && told.isEmpty()) {
            throw new RefusedException(400, "Expires Is Not A Number");
        }
        if (header == null && contact == null) {
            throw new RefusedException(400, "Neither Expires Nor Contact");
        }
        String parameter = contact == null || contact.isWildcard() ? null : contact.getParameter("expires");
        return parameter == null
                ? told.orElse(DEFAULT_EXPIRES)
                : DeltaSeconds.parse(parameter).orElse(DEFAULT_EXPIRES);
    }
}
