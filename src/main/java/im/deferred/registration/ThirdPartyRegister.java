package im.deferred.registration;

import im.deferred.core.Aor;
import im.deferred.core.RefusedException;
import java.io.IOException;
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

    /** How long a registration lasts when the core does not say, in seconds (RFC 3261 §10.3 step 7 leaves it to us). */
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
     * The Expires header, which TS 24.229 always has; for a plain registrar as core, RFC 3261 §10.3 step 7: without it the
     * Contact's {@code expires}, malformed or missing as 3600 (§10.2.1.1). With neither Expires nor Contact it is a query
     * (§10.2.3), which says nothing about the user.
     */
    private static long expires(SipServletRequest request) throws RefusedException {
        String header = request.getHeader("Expires");
        if (header != null) {
            return DeltaSeconds.parse(header).orElseThrow(() -> new RefusedException(400, "Expires Is Not A Number"));
        }
        Address contact = contact(request);
        if (contact == null || contact.isWildcard()) {
            throw new RefusedException(400, "Neither Expires Nor Contact");
        }
        String parameter = contact.getParameter("expires");
        return parameter == null
                ? DEFAULT_EXPIRES
                : DeltaSeconds.parse(parameter).orElse(DEFAULT_EXPIRES);
    }

    private static Address contact(SipServletRequest request) throws RefusedException {
        try {
            return request.getAddressHeader("Contact");
        } catch (ServletParseException e) {
            throw new RefusedException(400, "Malformed Contact", e);
        }
    }
}
