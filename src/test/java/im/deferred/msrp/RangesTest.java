package im.deferred.msrp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RangesTest {
    private final Ranges ranges = new Ranges();

    @Test
    void inOrder() {
        ranges.add(0, 10);
        ranges.add(10, 20);
        assertThat(ranges.covers(20)).isTrue();
        assertThat(ranges.covers(21)).isFalse();
    }

    @Test
    void m11_outOfOrderAndOverlapping() {
        ranges.add(10, 20);
        ranges.add(15, 30);
        ranges.add(40, 50);
        assertThat(ranges.gaps()).isEqualTo(3);
        assertThat(ranges.covers(1)).isFalse();
        ranges.add(0, 12);
        assertThat(ranges.covers(30)).isTrue();
        assertThat(ranges.covers(31)).isFalse();
        ranges.add(25, 45);
        assertThat(ranges.covers(50)).isTrue();
        assertThat(ranges.gaps()).isZero();
    }

    @Test
    void sameStartTwice() {
        ranges.add(10, 20);
        ranges.add(10, 15);
        ranges.add(0, 10);
        assertThat(ranges.covers(20)).isTrue();
    }

    @Test
    void nothingIsCoveredByNothing() {
        assertThat(ranges.covers(0)).isTrue();
        assertThat(ranges.covers(1)).isFalse();
    }
}
