package io.springline.session.limit;

import static io.springline.session.limit.RateLimiter.Verdict.ABUSE;
import static io.springline.session.limit.RateLimiter.Verdict.OVER;
import static io.springline.session.limit.RateLimiter.Verdict.WITHIN;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimiterTest {

    private static final long SECOND = 1_000_000_000L;

    private final RateLimiter limiter = new RateLimiter(new Rate(10));

    @Test
    void aBurstOfTwiceTheRatePassesAsMuchAgainIsRefusedAndMoreIsAbuse() {
        for (int i = 0; i < 20; i++) {
            assertThat(limiter.take(0)).isEqualTo(WITHIN);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(limiter.take(0)).isEqualTo(OVER);
        }
        assertThat(limiter.take(0)).isEqualTo(ABUSE);
    }

    @Test
    void theRateItselfPassesForEver() {
        for (int i = 0; i < 1000; i++) {
            assertThat(limiter.take(i * SECOND / 10)).isEqualTo(WITHIN);
        }
    }

    @Test
    void silenceEarnsNoMoreThanTheBurst() {
        limiter.take(0);
        for (int i = 0; i < 20; i++) {
            assertThat(limiter.take(1000 * SECOND)).isEqualTo(WITHIN);
        }
        assertThat(limiter.take(1000 * SECOND)).isEqualTo(OVER);
    }

    @Test
    void aClockBelowZeroIsAClockLikeAnyOther() {
        assertThat(limiter.take(Long.MIN_VALUE / 2)).isEqualTo(WITHIN);
        assertThat(limiter.take(Long.MIN_VALUE / 2 + SECOND)).isEqualTo(WITHIN);
    }
}
