package im.deferred.app;

import im.deferred.msrp.MsrpEndpoint;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayAccess;
import im.deferred.session.LocalEnd;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The server's ends of its MSRP sessions: where it listens itself, or behind the relay that the operator named.
 *
 * @param host of the server's MSRP URIs
 * @param relay what each session needs to stand behind a relay, if there is one
 * @param workers go on when the relay has answered, with SIP
 */
record LocalEnds(
        MsrpEndpoint msrp,
        String host,
        Configuration.Msrp configured,
        Optional<Supplier<RelayAccess>> relay,
        Executor workers)
        implements LocalEnd.Source {

    /**
     * For how long a relay is asked to grant a URI, again and again while the session lasts. What is not needed any more stays with the
     * relay for the rest of that time, so that it is short; but for less than a minute many a relay grants nothing.
     */
    static final Duration RELAY_EXPIRES = Duration.ofMinutes(2);

    @Override
    public CompletionStage<LocalEnd> toOffer() {
        return relay.isEmpty() ? here(configured.overTls()) : behindRelay();
    }

    /** Behind a relay there is TLS alone: whoever offers TCP is answered from here. */
    @Override
    public CompletionStage<LocalEnd> toAnswer(boolean secure) {
        return relay.isEmpty() || !secure ? here(secure) : behindRelay();
    }

    private CompletionStage<LocalEnd> here(boolean secure) {
        int port = secure ? configured.tlsPort() : configured.port();
        return CompletableFuture.completedStage(LocalEnd.at(msrp.offer(secure, host, port)));
    }

    private CompletionStage<LocalEnd> behindRelay() {
        // Not offered: what comes before the answer may not hold up the sessions on the same connection to the relay.
        MsrpUri local = msrp.newUri(true, host, configured.tlsPort());
        return msrp.authorize(local, relay.get().get()).thenApplyAsync(LocalEnd::behind, workers);
    }
}
