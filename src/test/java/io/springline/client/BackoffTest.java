package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {

    /** Always the most that is possible. */
    private static final RandomGenerator HIGHEST =
            new RandomGenerator() {
                @Override
                public long nextLong() {
                    return -1;
                }

                @Override
                public double nextDouble() {
                    return 1;
                }
            };

    @Test
    void theFirstAttemptComesAtOnceAndTheLimitDoublesUpToTheCap() {
        var backoff = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(1), HIGHEST);
        assertThat(backoff.next()).isZero();
        assertThat(backoff.next()).hasMillis(250);
        assertThat(backoff.next()).hasMillis(500);
        assertThat(backoff.next()).hasMillis(1000);
        for (int i = 0; i < 5000; i++) {
            assertThat(backoff.next()).hasMillis(1000);
        }
        backoff.reset();
        assertThat(backoff.next()).isZero();
    }
}
