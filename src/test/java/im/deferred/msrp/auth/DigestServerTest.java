package im.deferred.msrp.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import im.deferred.core.TestClock;
import im.deferred.msrp.auth.Verification.Accepted;
import im.deferred.msrp.auth.Verification.Refused;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DigestServerTest {

    private static final String REALM = "example.test";
    private static final String RELAY = "msrps://relay.example.test:2856;tcp";
    private static final Duration LIFETIME = Duration.ofMinutes(5);

    private final TestClock clock = new TestClock();
    private final DigestServer server = server(Credentials.of(Map.of("bob", "s3cret")));

    @Test
    void r02_challengeOffersTheStrongestAlgorithmFirst() {
        assertThat(server.challenges(false))
                .map(DigestParameters::parse)
                .extracting(challenge -> challenge.get("algorithm"))
                .containsExactly("SHA-256", "MD5");
    }

    @Test
    void r02_challengeHasWhatClientsNeed() {
        assertThat(server.challenges(false)).map(DigestParameters::parse).allSatisfy(challenge -> {
            assertThat(challenge.get("realm")).isEqualTo(REALM);
            assertThat(challenge.get("qop")).isEqualTo("auth");
            assertThat(challenge.get("nonce")).isNotEmpty();
            assertThat(challenge.get("opaque")).isNotEmpty();
            assertThat(challenge.get("stale")).isNull();
            assertThat(challenge.get("domain")).isNull();
        });
        assertThat(server.challenges(true)).allMatch(challenge -> challenge.endsWith(", stale=true"));
    }

    @ParameterizedTest
    @EnumSource
    void r02_whoKnowsThePasswordIsAccepted(DigestAlgorithm algorithm) {
        String authorization = answer("bob", "s3cret", algorithm);

        assertThat(verify(authorization)).asInstanceOf(type(Accepted.class)).satisfies(accepted -> {
            assertThat(accepted.user()).isEqualTo("bob");
            assertThat(DigestParameters.parse(authorization).get("algorithm")).isEqualTo(algorithm.token());
        });
    }

    /** RFC 7616 §3.5: the response that the server itself would give, with no method in it. */
    @Test
    void r02_acceptanceProvesThatTheServerKnowsTheUserToo() {
        String authorization = answer("bob", "s3cret", DigestAlgorithm.SHA_256);
        DigestParameters given = DigestParameters.parse(authorization);
        String expected = DigestAlgorithm.SHA_256.response(
                DigestAlgorithm.SHA_256.ha1("bob", REALM, "s3cret"),
                given.get("nonce"),
                "00000001",
                given.get("cnonce"),
                "",
                RELAY);

        assertThat(verify(authorization))
                .isEqualTo(new Accepted(
                        "bob",
                        "qop=auth, rspauth=\"%s\", cnonce=\"%s\", nc=00000001"
                                .formatted(expected, given.get("cnonce"))));
    }

    /** As python-msrplib writes it: everything quoted, neither uri nor algorithm. */
    @Test
    void r02_answerOfAnOldClientIsAccepted() {
        String nonce = DigestParameters.parse(server.challenges(false).get(1)).get("nonce");
        String response = DigestAlgorithm.MD5.response(
                DigestAlgorithm.MD5.ha1("bob", REALM, "s3cret"), nonce, "00000001", "c0ffee", "AUTH", RELAY);

        assertThat(verify(("Digest qop=\"auth\", username=\"bob\", realm=\"%s\", nonce=\"%s\", nc=\"00000001\", "
                                + "cnonce=\"c0ffee\", opaque=\"x\", response=\"%s\"")
                        .formatted(REALM, nonce, response)))
                .isInstanceOf(Accepted.class);
    }

    @ParameterizedTest
    @EnumSource
    void r02_wrongPasswordAndUnknownUserLookTheSame(DigestAlgorithm algorithm) {
        Verification wrongPassword = verify(answer("bob", "guess", algorithm));

        assertThat(wrongPassword).isEqualTo(new Refused(false, "unknown user or wrong password"));
        assertThat(verify(answer("mallory", "guess", algorithm))).isEqualTo(wrongPassword);
    }

    @Test
    void r02_replayIsRefusedAsStale() {
        String authorization = answer("bob", "s3cret", DigestAlgorithm.SHA_256);

        assertThat(verify(authorization)).isInstanceOf(Accepted.class);
        assertThat(verify(authorization)).isEqualTo(new Refused(true, "the nonce was used with this count before"));
    }

    @Test
    void r02_wrongPasswordDoesNotUseTheNonceUp() {
        List<String> challenges = server.challenges(false);

        assertThat(verify(DigestClient.answer(challenges, "AUTH", RELAY, "bob", "guess")))
                .isInstanceOf(Refused.class);
        assertThat(verify(DigestClient.answer(challenges, "AUTH", RELAY, "bob", "s3cret")))
                .isInstanceOf(Accepted.class);
    }

    @Test
    void r02_expiredNonceIsStaleAndNobodyIsLookedUp() {
        DigestServer unasked = server((user, realm, algorithm) -> {
            throw new AssertionError("looked up");
        });
        String authorization = DigestClient.answer(unasked.challenges(false), "AUTH", RELAY, "bob", "s3cret");
        clock.advance(LIFETIME);

        assertThat(unasked.verify(authorization, "AUTH", RELAY).toCompletableFuture())
                .isCompletedWithValue(new Refused(true, "the nonce was not issued here, or too long ago"));
    }

    @Test
    void r02_nonceOfAnotherServerIsStale() {
        DigestServer other = server(Credentials.of(Map.of("bob", "s3cret")));

        assertThat(verify(DigestClient.answer(other.challenges(false), "AUTH", RELAY, "bob", "s3cret")))
                .isEqualTo(new Refused(true, "the nonce was not issued here, or too long ago"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            realm="example.test"                 | realm="elsewhere.test"          | another realm
            uri="msrps://relay.example.test:2856 | uri="msrps://other.test:2856    | another uri
            qop=auth                             | qop=auth-int                    | a qop that was not offered
            algorithm=SHA-256                    | algorithm=SHA-256-sess          | an algorithm that was not offered
            qop=auth                             | qop=auth, userhash=true         | a userhash, which was not offered
            nc=00000001                          | nc=1                            | a nonce count that is not eight hexadecimal digits
            nc=00000001                          | nc=-0000001                     | a nonce count that is not eight hexadecimal digits
            nc=00000001                          | nc=00000002                     | unknown user or wrong password
            algorithm=SHA-256                    | algorithm=MD5                   | unknown user or wrong password
            username="bob"                       | username="alice"                | unknown user or wrong password
            response="                           | response="0                     | unknown user or wrong password
            username=                            | x=                              | no username
            realm=                               | x=                              | no realm
            nonce=                               | x=                              | no nonce
            qop=auth                             | x=y                             | no qop
            nc=00000001                          | x=y                             | no nc
            cnonce=                              | x=                              | no cnonce
            response=                            | x=                              | no response
            Digest                               | Basic                           | the scheme is not Digest
            qop=auth                             | qop=auth, qop=auth              | a parameter twice
            """)
    void r02_whatIsNotAsOfferedIsRefused(String right, String wrong, String reason) {
        String authorization = answer("bob", "s3cret", DigestAlgorithm.SHA_256);
        int at = (" " + authorization).indexOf(" " + right);

        assertThat(at).isNotNegative();
        assertThat(verify(authorization.substring(0, at) + wrong + authorization.substring(at + right.length())))
                .isEqualTo(new Refused(false, reason));
    }

    @Test
    void r02_answerHoldsForOneMethodAndOneUri() {
        List<String> challenges = server.challenges(false);
        String otherMethod = DigestClient.answer(challenges, "SEND", RELAY, "bob", "s3cret");

        assertThat(verify(otherMethod)).isEqualTo(new Refused(false, "unknown user or wrong password"));
        assertThat(server.verify(answer("bob", "s3cret", DigestAlgorithm.MD5), "AUTH", "msrps://other.test;tcp")
                        .toCompletableFuture())
                .isCompletedWithValue(new Refused(false, "another uri"));
    }

    @Test
    void r02_noCredentialsAreRefused() {
        assertThat(verify(null)).isEqualTo(new Refused(false, "no credentials"));
    }

    @Test
    void failedLookupIsNoRefusal() {
        IllegalStateException failure = new IllegalStateException("no database");
        DigestServer failing = server((user, realm, algorithm) -> CompletableFuture.failedStage(failure));
        String authorization = DigestClient.answer(failing.challenges(false), "AUTH", RELAY, "bob", "s3cret");

        assertThat(failing.verify(authorization, "AUTH", RELAY).toCompletableFuture())
                .isCompletedExceptionally();
    }

    @Test
    void userWithoutThatAlgorithmIsRefused() {
        DigestServer modern = server((user, realm, algorithm) -> CompletableFuture.completedStage(Optional.of(algorithm)
                .filter(DigestAlgorithm.SHA_256::equals)
                .map(known -> known.ha1(user, realm, "s3cret"))));
        List<String> challenges = modern.challenges(false);

        assertThat(modern.verify(
                                DigestClient.answer(challenges.subList(1, 2), "AUTH", RELAY, "bob", "s3cret"),
                                "AUTH",
                                RELAY)
                        .toCompletableFuture())
                .isCompletedWithValue(new Refused(false, "unknown user or wrong password"));
        assertThat(modern.verify(DigestClient.answer(challenges, "AUTH", RELAY, "bob", "s3cret"), "AUTH", RELAY)
                        .toCompletableFuture())
                .isCompletedWithValueMatching(Accepted.class::isInstance);
    }

    @Test
    void realmStandsInQuotesAsItIs() {
        for (String realm : List.of("a\"b", "a\\b", "a\r\nb")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            new DigestServer(realm, Credentials.of(Map.of()), LIFETIME, clock, new SecureRandom()));
        }
    }

    private Verification verify(String authorization) {
        return server.verify(authorization, "AUTH", RELAY).toCompletableFuture().join();
    }

    private String answer(String user, String password, DigestAlgorithm algorithm) {
        List<String> challenges = server.challenges(false).stream()
                .filter(challenge -> challenge.contains("algorithm=" + algorithm.token()))
                .toList();
        return DigestClient.answer(challenges, "AUTH", RELAY, user, password);
    }

    private DigestServer server(Credentials credentials) {
        return new DigestServer(REALM, credentials, LIFETIME, clock, new SecureRandom());
    }
}
