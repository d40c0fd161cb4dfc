package im.deferred.app;

import im.deferred.msrp.Fingerprint;
import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayAccess;
import im.deferred.msrp.auth.Credentials;
import im.deferred.msrp.auth.DigestAlgorithm;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The server's account at the relay that it is itself, made anew at each start and kept in memory only. Each of its sessions is a user of
 * its own: what one user may ask of the relay is meant for clients, and would be little for the sessions of a server together.
 */
final class OwnAccount implements Credentials {

    private static final int OCTETS = 16;

    private final Credentials others;
    /** Not to be guessed, so that it is nobody else's. */
    private final String name = random();

    private final String password = random();
    private final AtomicLong sessions = new AtomicLong();

    /** @param others those of everybody else */
    OwnAccount(Credentials others) {
        this.others = others;
    }

    /**
     * What each session needs to stand behind the relay.
     *
     * @param relay the server's own, as the operator named it
     * @param certificates that the relay may show: no authority has to vouch for what is our own
     */
    Supplier<RelayAccess> at(MsrpUri relay, List<Fingerprint> certificates) {
        Set<Fingerprint> fingerprints = Set.copyOf(certificates);
        return () -> new RelayAccess(
                relay, fingerprints, name + sessions.incrementAndGet(), password, LocalEnds.RELAY_EXPIRES);
    }

    @Override
    public CompletionStage<Optional<String>> ha1(String user, String realm, DigestAlgorithm algorithm) {
        return user.startsWith(name)
                ? CompletableFuture.completedStage(Optional.of(algorithm.ha1(user, realm, password)))
                : others.ha1(user, realm, algorithm);
    }

    private static String random() {
        byte[] octets = new byte[OCTETS];
        new SecureRandom().nextBytes(octets);
        return HexFormat.of().formatHex(octets);
    }
}
