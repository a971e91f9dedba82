package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InboundRateLimiterTest {

    private static final long SECOND = 1_000_000_000L;

    @Test
    void delaysBytesBeyondTheBurst() {
        var rate = new InboundRateLimiter(1000);
        assertThat(rate.nanosAhead(2000, 0)).isNotPositive();
        assertThat(rate.nanosAhead(500, 0)).isEqualTo(SECOND / 2);
        assertThat(rate.nanosAhead(0, SECOND / 2)).isNotPositive();
    }

    @Test
    void creditsAnIdleClientAtMostTheBurst() {
        var rate = new InboundRateLimiter(1000);
        rate.nanosAhead(1, 0);
        assertThat(rate.nanosAhead(3000, 100 * SECOND)).isEqualTo(SECOND);
    }

    @Test
    void countsTheLargestMessageWithoutOverflow() {
        var rate = new InboundRateLimiter(1);
        assertThat(rate.nanosAhead(Integer.MAX_VALUE, 0)).isPositive();
    }
}
