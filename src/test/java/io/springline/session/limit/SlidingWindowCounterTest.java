package io.springline.session.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlidingWindowCounterTest {

    private final SlidingWindowCounter malformedMessages = new SlidingWindowCounter();

    @Test
    void theLastOneWithinTheWindowIsOneTooMany() {
        for (int i = 1; i < SlidingWindowCounter.LIMIT; i++) {
            assertThat(malformedMessages.add(i)).isFalse();
        }
        assertThat(malformedMessages.add(SlidingWindowCounter.WINDOW_NANOS + 1)).isTrue();
    }

    @Test
    void oldOnesAreForgiven() {
        long apart = SlidingWindowCounter.WINDOW_NANOS / (SlidingWindowCounter.LIMIT - 1) + 1;
        for (int i = 0; i < 10 * SlidingWindowCounter.LIMIT; i++) {
            assertThat(malformedMessages.add(i * apart)).isFalse();
        }
        // and then a burst
        long now = 10 * SlidingWindowCounter.LIMIT * apart;
        for (int i = 1; i < SlidingWindowCounter.LIMIT; i++) {
            malformedMessages.add(now);
        }
        assertThat(malformedMessages.add(now)).isTrue();
    }

    @Test
    void worksWithANegativeClock() {
        for (int i = 1; i < SlidingWindowCounter.LIMIT; i++) {
            assertThat(malformedMessages.add(Long.MAX_VALUE - 10 + i)).isFalse();
        }
        assertThat(malformedMessages.add(Long.MIN_VALUE + 10)).isTrue();
    }
}
