package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResumeTokensTest {

    private final ResumeTokens tokens = new ResumeTokens("first");

    /**
     * A client whose first attempts are served late has the token of the attempt that was served
     * first.
     */
    @Test
    void keepsTheTokenOfAClientWhoseEarlierAttemptsAreServedLate() {
        tokens.rotate("first", "received");
        for (int i = 0; i < ResumeTokens.MAX - 2; i++) {
            tokens.rotate("first", "late-" + i);
        }
        assertThat(tokens.isGood("received")).isTrue();
        tokens.rotate("first", "one too many");
        assertThat(tokens.isGood("received")).isFalse();
    }

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

    @Test
    void forgetsAnOfferOnceItsTokenIsGood() {
        var tokens = new ResumeTokens("first");
        tokens.offer("second");
        tokens.rotate("first", "second");
        tokens.rotate("second", "third");
        tokens.confirm();
        assertThat(tokens.digests()).containsExactly("third");
    }
}
