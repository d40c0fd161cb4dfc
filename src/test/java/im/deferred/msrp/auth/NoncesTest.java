package im.deferred.msrp.auth;

import static org.assertj.core.api.Assertions.assertThat;

import im.deferred.core.TestClock;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NoncesTest {

    private static final Duration LIFETIME = Duration.ofMinutes(5);

    private final TestClock clock = new TestClock();
    private final Nonces nonces = nonces(1000);

    @Test
    void r02_nonceExpires() {
        String nonce = nonces.issue();

        clock.advance(LIFETIME.minusMillis(1));
        assertThat(nonces.isFresh(nonce)).isTrue();
        clock.advance(Duration.ofMillis(1));
        assertThat(nonces.isFresh(nonce)).isFalse();
        assertThat(nonces.use(nonce, 1)).isFalse();
    }

    @Test
    void r02_countGrows() {
        String nonce = nonces.issue();
        String other = nonces.issue();

        assertThat(nonces.use(nonce, 0)).isFalse();
        assertThat(nonces.use(nonce, 1)).isTrue();
        assertThat(nonces.use(nonce, 1)).isFalse();
        assertThat(nonces.use(nonce, 0xffffffffL)).isTrue();
        assertThat(nonces.use(nonce, 2)).isFalse();
        assertThat(nonces.use(other, 1)).isTrue();
    }

    @Test
    void r02_everyDigitIsSealed() {
        String nonce = nonces.issue();
        for (int i = 0; i < nonce.length(); i++) {
            char other = nonce.charAt(i) == '0' ? '1' : '0';
            assertThat(nonces.isFresh(nonce.substring(0, i) + other + nonce.substring(i + 1)))
                    .as("digit %d", i)
                    .isFalse();
        }
        assertThat(nonces.isFresh(nonce.toUpperCase(Locale.ROOT))).isFalse();
        assertThat(nonces.isFresh(nonce + "0")).isFalse();
        assertThat(nonces.isFresh("")).isFalse();
        assertThat(nonces(1).isFresh(nonce)).isFalse();
    }

    @Test
    void noncesOfOneMomentDiffer() {
        Set<String> issued = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            assertThat(issued.add(nonces.issue())).isTrue();
        }
    }

    /** What is forgotten for want of room can be replayed no more than what is remembered. */
    @Test
    void r02_replayIsRefusedHoweverManyNoncesAreUsed() {
        Nonces few = nonces(2);
        String first = few.issue();
        assertThat(few.use(first, 1)).isTrue();
        for (int i = 0; i < 2; i++) {
            clock.advance(Duration.ofMillis(1));
            assertThat(few.use(few.issue(), 1)).isTrue();
        }

        assertThat(few.use(first, 1)).isFalse();
        assertThat(few.isFresh(first)).isFalse();
        assertThat(few.isFresh(few.issue())).isTrue();
    }

    private Nonces nonces(int mostUsed) {
        return new Nonces(LIFETIME, clock, new SecureRandom(), mostUsed);
    }
}
