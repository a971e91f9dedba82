package io.springline.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StrikesTest {

    private final Strikes strikes = new Strikes();

    @Test
    void theLastOneWithinTheWindowIsOneTooMany() {
        for (int i = 1; i < Strikes.LIMIT; i++) {
            assertThat(strikes.add(i)).isFalse();
        }
        assertThat(strikes.add(Strikes.WINDOW_NANOS + 1)).isTrue();
    }

    @Test
    void oldOnesAreForgiven() {
        long apart = Strikes.WINDOW_NANOS / (Strikes.LIMIT - 1) + 1;
        for (int i = 0; i < 10 * Strikes.LIMIT; i++) {
            assertThat(strikes.add(i * apart)).isFalse();
        }
        // and then a burst
        long now = 10 * Strikes.LIMIT * apart;
        for (int i = 1; i < Strikes.LIMIT; i++) {
            strikes.add(now);
        }
        assertThat(strikes.add(now)).isTrue();
    }

    @Test
    void worksWithANegativeClock() {
        for (int i = 1; i < Strikes.LIMIT; i++) {
            assertThat(strikes.add(Long.MAX_VALUE - 10 + i)).isFalse();
        }
        assertThat(strikes.add(Long.MIN_VALUE + 10)).isTrue();
    }
}
