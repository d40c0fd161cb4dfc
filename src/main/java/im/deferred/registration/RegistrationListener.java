package im.deferred.registration;

import im.deferred.core.Aor;

/**
 * Is told of registrations, whether a REGISTER or the reg event brought them, after they were stored and the core has its answer. Called on the container's thread: longer work
 * goes elsewhere.
 */
public interface RegistrationListener {

    /** The user registered, or registered again, or with one more device. */
    void registered(Aor user);

    /** The user's registration was ended by the core. (One that only ran out here is not told.) */
    void deregistered(Aor user);
}
