package im.deferred.registration;

import im.deferred.core.Aor;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A user's registration at the core, as far as the core told it. It says that the user is registered, not that the user can
 * be reached.
 *
 * @param aor the user
 * @param expiresAt when it ends, unless it is refreshed
 * @param contacts the user's devices; empty if the core did not tell them
 * @param serviceInfo what the user's profile holds for this server (TS 24.229 §7.6); null if nothing was told
 * @param userAgent the User-Agent of the client that registered last; null if it was not told
 */
public record Registration(
        Aor aor, Instant expiresAt, List<ClientContact> contacts, String serviceInfo, String userAgent) {

    /** Keeps its own copy of the contacts. */
    public Registration {
        Objects.requireNonNull(aor, "aor");
        Objects.requireNonNull(expiresAt, "expiresAt");
        contacts = List.copyOf(contacts);
    }
}
