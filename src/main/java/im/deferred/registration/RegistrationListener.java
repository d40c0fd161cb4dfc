package im.deferred.registration;

import im.deferred.core.Aor;

/**
 * Is told of registrations, whether a REGISTER or the reg event brought them, after they were stored. Called on the container's thread:
 * longer work goes elsewhere.
 */
public interface RegistrationListener {

    /** The user registered, or registered again, or with one more device; the core has its answer. */
    void registered(Aor user);

    /** The user's registration was ended by the core; a REGISTER is answered after this. (One that only ran out here is not told.) */
    void deregistered(Aor user);
}
