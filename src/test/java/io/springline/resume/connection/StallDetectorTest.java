package io.springline.resume.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StallDetectorTest {

    /** As {@link System#nanoTime} may be: anything, and about to overflow. */
    private static final long NOW = Long.MAX_VALUE - 5;

    private final StallDetector patience = new StallDetector(10);

    @Test
    void isOverAfterItsTimeAndNotBefore() {
        assertThat(patience.recordAndCheck(true, NOW)).isFalse();
        assertThat(patience.recordAndCheck(true, NOW + 9)).isFalse();
        assertThat(patience.recordAndCheck(true, NOW + 10)).isTrue();
    }

    @Test
    void isCountedAnewWhenThereWasNothingToWaitForMeanwhile() {
        patience.recordAndCheck(true, NOW);
        assertThat(patience.recordAndCheck(false, NOW + 10)).isFalse();
        assertThat(patience.recordAndCheck(true, NOW + 11)).isFalse();
        assertThat(patience.recordAndCheck(true, NOW + 20)).isFalse();
        assertThat(patience.recordAndCheck(true, NOW + 21)).isTrue();
    }

    @Test
    void isCountedAnewWhenTheClientHasDoneSomething() {
        patience.recordAndCheck(true, NOW);
        patience.reset();
        assertThat(patience.recordAndCheck(true, NOW + 10)).isFalse();
        assertThat(patience.recordAndCheck(true, NOW + 20)).isTrue();
    }
}
