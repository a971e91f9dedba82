package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.limit.Rate;
import org.junit.jupiter.api.Test;

class FrameRateLimiterTest {

    private static final long SECOND = 1_000_000_000;

    private final FrameRateLimiter rate = new FrameRateLimiter(new Rate(10), 0);

    @Test
    void allowsABurstOfTwoSeconds() {
        assertThat(rate.recordAndCheck(200, 0, 0)).isFalse();
        assertThat(rate.recordAndCheck(201, 0, 0)).isTrue();
    }

    @Test
    void allowsTheRateForever() {
        for (int second = 1; second < 1000; second++) {
            assertThat(rate.recordAndCheck(second * 100L, 0, second * SECOND)).isFalse();
        }
        assertThat(rate.recordAndCheck(999 * 100 + 201, 0, 999 * SECOND)).isTrue();
    }

    @Test
    void doesNotCountLargeFramesNorCreditThem() {
        assertThat(rate.recordAndCheck(1_000_000, 512_000_000, 0)).isFalse();
        assertThat(rate.recordAndCheck(1_000_201, 512_000_000, 0)).isTrue();
    }

    @Test
    void doesNotCreditTheBytesOfEarlierFrames() {
        assertThat(rate.recordAndCheck(120, 1_200_000_000, 0)).isFalse();
        assertThat(rate.recordAndCheck(120 + 200, 1_200_001_200, SECOND)).isFalse();
        assertThat(rate.recordAndCheck(120 + 200 + 210, 1_200_002_460, SECOND)).isTrue();
    }
}
