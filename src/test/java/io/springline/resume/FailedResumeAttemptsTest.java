package io.springline.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.springline.session.limit.SlidingWindowCounter;
import org.junit.jupiter.api.Test;

class FailedResumeAttemptsTest {

    private final FailedResumeAttempts attempts = new FailedResumeAttempts();

    @Test
    void forgetsThePrincipalThatDidNotFailForTheLongestTime() {
        for (int n = 1; n < SlidingWindowCounter.LIMIT - 1; n++) {
            assertThat(attempts.add("mallory", n)).isFalse();
        }
        for (int n = 1; n < 1024; n++) {
            attempts.add("other-" + n, n);
        }
        assertThat(attempts.add("mallory", 2_000)).isFalse();
        attempts.add("one more", 2_000);
        assertThat(attempts.add("mallory", 2_000)).isTrue();
    }
}
