package io.springline.resume;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResumeTokensTest {

    private final ResumeTokens tokens = new ResumeTokens("first");

    @Test
    void keepsTheTokensOfCrossingAttempts() {
        tokens.offer("a");
        tokens.offer("b");
        assertThat(tokens.digests()).containsExactly("first", "b", "a");
        tokens.rotate("first", "a");
        assertThat(tokens.digests()).containsExactly("a", "b", "first");
        tokens.confirm();
        assertThat(tokens.digests()).containsExactly("a", "b");
        assertThat(tokens.isGood("b")).isFalse();
        tokens.rotate("a", "b");
        assertThat(tokens.digests()).containsExactly("b", "a");
    }
}
