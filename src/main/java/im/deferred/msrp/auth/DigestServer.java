package im.deferred.msrp.auth;

import static im.deferred.msrp.auth.DigestParameters.require;

import im.deferred.msrp.frame.MsrpSyntax;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The side of Digest that challenges and verifies (RFC 7616 §3.3; RFC 4976 §9.1). Each answer is good once: the nonce count must grow.
 * How many failures a connection may cause is for the caller to say. Safe for use by several threads.
 */
public final class DigestServer {

    /** Of how many nonces the counts are remembered; the oldest nonces expire early when there are more. */
    private static final int MOST_USED_NONCES = 16_384;

    private final String realm;
    private final Credentials credentials;
    private final Nonces nonces;
    private final String opaque;

    /** HA1s that no password gives, so that an unknown user is as much work as a wrong password. */
    private final Map<DigestAlgorithm, String> nobody = new EnumMap<>(DigestAlgorithm.class);

    /**
     * @param realm what users see their passwords are for; one line, without quotes and backslashes
     * @param nonceLifetime how long a challenge may be answered
     */
    public DigestServer(
            String realm, Credentials credentials, Duration nonceLifetime, Clock clock, SecureRandom random) {
        require(MsrpSyntax.isText(realm) && !realm.matches(".*[\"\\\\].*"), "not a realm: " + realm);
        this.realm = realm;
        this.credentials = credentials;
        this.nonces = new Nonces(nonceLifetime, clock, random, MOST_USED_NONCES);
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            nobody.put(algorithm, algorithm.ha1("", realm, HexFormat.of().formatHex(secret)));
        }
        // It says nothing, but clients in the field do not answer a challenge without one.
        this.opaque = nonces.issue();
    }

    /**
     * The values of WWW-Authenticate headers, one for each algorithm, in the order in which they should stand in the 401: clients that read
     * one header only keep the last.
     *
     * @param stale whether the client should try again with the same password
     */
    public List<String> challenges(boolean stale) {
        String nonce = nonces.issue();
        return Arrays.stream(DigestAlgorithm.values())
                .map(algorithm -> "Digest realm=\"%s\", qop=\"auth\", algorithm=%s, nonce=\"%s\", opaque=\"%s\"%s"
                        .formatted(realm, algorithm.token(), nonce, opaque, stale ? ", stale=true" : ""))
                .toList();
    }

    /**
     * Verifies credentials.
     *
     * @param authorization the value of the Authorization header, or null when there is none
     * @param uri the URI that stands last in To-Path, as it stands there
     * @return completed by the thread that looked the user up; failed only when the lookup failed
     */
    public CompletionStage<Verification> verify(String authorization, String method, String uri) {
        if (authorization == null) {
            return refused(false, "no credentials");
        }
        DigestAnswer answer;
        try {
            answer = DigestAnswer.read(authorization, realm, uri);
        } catch (IllegalArgumentException e) {
            return refused(false, e.getMessage());
        }
        if (!nonces.isFresh(answer.nonce())) {
            return refused(true, "the nonce was not issued here, or too long ago");
        }
        return CompletableFuture.completedStage(answer)
                .thenCompose(known -> credentials.ha1(known.user(), realm, known.algorithm()))
                .thenApply(ha1 -> verify(answer, ha1, method, uri));
    }

    private Verification verify(DigestAnswer answer, Optional<String> found, String method, String uri) {
        String ha1 = found.orElse(nobody.get(answer.algorithm()));
        boolean right = MessageDigest.isEqual(
                answer.expectedResponse(ha1, method, uri).getBytes(StandardCharsets.UTF_8),
                answer.response().getBytes(StandardCharsets.UTF_8));
        if (!right) {
            return new Verification.Refused(false, "unknown user or wrong password");
        }
        if (!nonces.use(answer.nonce(), answer.number())) {
            return new Verification.Refused(true, "the nonce was used with this count before");
        }
        return new Verification.Accepted(answer.user(), answer.authenticationInfo(ha1, uri));
    }

    private static CompletionStage<Verification> refused(boolean stale, String reason) {
        return CompletableFuture.completedStage(new Verification.Refused(stale, reason));
    }
}
