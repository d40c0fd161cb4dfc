package im.deferred.session;

import im.deferred.core.Aor;

/** Who sends in a session that a user opened to fetch what waits: the INVITE to {@code sip:deferred@} one of the served domains. */
public interface Puller {

    /** The user part of the URI that is invited to fetch what waits. */
    String USER = "deferred";

    /**
     * The user's INVITE was answered 200. Called from a thread that answers SIP requests; returns soon.
     *
     * @param user who asks, as the core asserts it; of a served domain, registered or not
     * @param session what comes of it: {@link MessagingSession#established} tells when it can be sent in, which may never be
     */
    void pulled(Aor user, MessagingSession session);
}
