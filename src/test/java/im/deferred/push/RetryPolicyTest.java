package im.deferred.push;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.push.RetryPolicy.Next;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** FLOW.md, 'When a push fails'. */
class RetryPolicyTest {

    private static final Duration FIRST = Duration.ofSeconds(10);
    private static final Duration MOST = Duration.ofMinutes(30);

    private final RetryPolicy policy = jitter(0.5);

    @ParameterizedTest
    @ValueSource(ints = {408, 480, 487, 500, 501, 503, 504, 513, 580})
    void whoCouldNotBeReachedIsTriedAgain(int status) {
        assertThat(policy.after(new Ending.Unreachable(status), 0)).isEqualTo(retryAfter("PT7.5S"));
    }

    @ParameterizedTest
    @ValueSource(ints = {486, 600, 603, 604, 415, 488, 606, 403, 420, 481, 300, 699})
    void whoDoesNotWantToBeReachedIsLeftAlone(int status) {
        assertThat(policy.after(new Ending.Unreachable(status), 0)).isEqualTo(new Next.AwaitRegistration());
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 410})
    void whoIsGoneIsNotRegistered(int status) {
        assertThat(policy.after(new Ending.Unreachable(status), 0)).isEqualTo(new Next.EndRegistration());
    }

    @ParameterizedTest
    @CsvSource({"0, PT10S", "1, PT20S", "2, PT40S", "7, PT21M20S", "8, PT30M", "1000000, PT30M"})
    void eachWaitIsTwiceTheOneBeforeUpToTheLongest(int failures, String wait) {
        assertThat(jitter(1).after(new Ending.Unreachable(480), failures)).isEqualTo(retryAfter(wait));
    }

    @ParameterizedTest
    @CsvSource({"0.0, PT20S", "0.25, PT25S", "1.0, PT40S"})
    void jitterTakesUpToHalfOfTheWait(double random, String wait) {
        assertThat(jitter(random).after(new Ending.Unreachable(480), 2)).isEqualTo(retryAfter(wait));
    }

    /** Retry-After: 0 from a core that is down would otherwise be answered with an endless row of INVITEs. */
    @ParameterizedTest
    @CsvSource({
        "0, PT2M, PT2M",
        "0, PT2S, PT2S",
        "0, PT0S, PT1S",
        "1, PT2S, PT15S",
        "1, PT16S, PT16S",
        "5, PT0S, PT4M",
        "0, P49710D, P1D",
        "99, P49710D, P1D"
    })
    void retryAfterIsHonouredAndNoReasonToComeBackSoonerThanTheSecondTime(int failures, String asked, String wait) {
        Ending ending = new Ending.Unreachable(503, Optional.of(Duration.parse(asked)));

        assertThat(policy.after(ending, failures)).isEqualTo(retryAfter(wait));
    }

    @Test
    void aBrokenSessionIsSetUpAgainOnceAtOnceThenLikeA480() {
        assertThat(IntStream.range(0, 4).mapToObj(failures -> policy.after(new Ending.Broken(0, true), failures)))
                .containsExactly(retryAfter("PT0S"), retryAfter("PT7.5S"), retryAfter("PT15S"), retryAfter("PT30S"));
    }

    private static RetryPolicy jitter(double random) {
        return new RetryPolicy(FIRST, MOST, () -> random);
    }

    private static Next retryAfter(String wait) {
        return new Next.Retry(Duration.parse(wait));
    }
}
