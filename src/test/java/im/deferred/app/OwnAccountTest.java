package im.deferred.app;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.msrp.MsrpUri;
import im.deferred.msrp.RelayAccess;
import im.deferred.msrp.auth.Credentials;
import im.deferred.msrp.auth.DigestAlgorithm;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OwnAccountTest {

    private static final String REALM = "example.test";
    private static final MsrpUri RELAY = MsrpUri.parse("msrps://127.0.0.1:2856;tcp");

    private final OwnAccount account = new OwnAccount(Credentials.of(Map.of("bob", "s3cret")));

    @ParameterizedTest
    @EnumSource
    void eachSessionIsAUserThatTheRelayKnows(DigestAlgorithm algorithm) {
        Supplier<RelayAccess> sessions = account.at(RELAY, List.of());
        RelayAccess first = sessions.get();
        RelayAccess second = sessions.get();

        assertThat(first.user()).isNotEqualTo(second.user());
        for (RelayAccess each : List.of(first, second)) {
            assertThat(account.ha1(each.user(), REALM, algorithm).toCompletableFuture())
                    .isCompletedWithValue(Optional.of(algorithm.ha1(each.user(), REALM, each.password())));
        }
    }

    @Test
    void othersAreAskedForAsBefore() {
        assertThat(account.ha1("bob", REALM, DigestAlgorithm.MD5).toCompletableFuture())
                .isCompletedWithValue(Optional.of(DigestAlgorithm.MD5.ha1("bob", REALM, "s3cret")));
        assertThat(account.ha1("alice", REALM, DigestAlgorithm.MD5).toCompletableFuture())
                .isCompletedWithValue(Optional.empty());
    }

    @Test
    void itIsAnotherOneAtEachStart() {
        RelayAccess before = account.at(RELAY, List.of()).get();
        OwnAccount after = new OwnAccount(Credentials.of(Map.of()));

        assertThat(after.ha1(before.user(), REALM, DigestAlgorithm.SHA_256).toCompletableFuture())
                .isCompletedWithValue(Optional.empty());
        assertThat(after.at(RELAY, List.of()).get().password()).isNotEqualTo(before.password());
    }
}
