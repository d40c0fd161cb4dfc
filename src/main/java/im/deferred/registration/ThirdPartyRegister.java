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
     * The Expires header, which TS 24.229 always has; for a plain registrar as core, the Contact's {@code expires} in its place
     * (RFC 3261 §10.3 step 7). A container drops a header that it cannot read, so one that is missing counts as malformed:
     * a guess could keep a user registered who is gone.
     */
    private static long expires(SipServletRequest request) throws RefusedException {
        String told = request.getHeader("Expires");
        Address contact = told == null ? contact(request) : null;
        if (contact != null && !contact.isWildcard()) {
            told = contact.getParameter("expires");
        }
        if (told == null) {
            throw new RefusedException(400, "No Expires");
        }
        return DeltaSeconds.parse(told).orElseThrow(() -> new RefusedException(400, "Expires Is Not A Number"));
    }

    private static Address contact(SipServletRequest request) throws RefusedException {
        try {
            return request.getAddressHeader("Contact");
        } catch (ServletParseException e) {
            throw new RefusedException(400, "Malformed Contact", e);
        }
    }
}
