package io.springline.resume;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StallDetectorTest {

    /** As {@link System#nanoTime} may be: anything, and about to overflow. */
    private static final long NOW = Long.MAX_VALUE - 5;

    private final StallDetector patience = new StallDetector(10);

    @Test
    void isOverAfterItsTimeAndNotBefore() {
        assertThat(patience.isOver(true, NOW)).isFalse();
        assertThat(patience.isOver(true, NOW + 9)).isFalse();
        assertThat(patience.isOver(true, NOW + 10)).isTrue();
    }

    @Test
    void isCountedAnewWhenThereWasNothingToWaitForMeanwhile() {
        patience.isOver(true, NOW);
        assertThat(patience.isOver(false, NOW + 10)).isFalse();
        assertThat(patience.isOver(true, NOW + 11)).isFalse();
        assertThat(patience.isOver(true, NOW + 20)).isFalse();
        assertThat(patience.isOver(true, NOW + 21)).isTrue();
    }

    @Test
    void isCountedAnewWhenTheClientHasDoneSomething() {
        patience.isOver(true, NOW);
        patience.reset();
        assertThat(patience.isOver(true, NOW + 10)).isFalse();
        assertThat(patience.isOver(true, NOW + 20)).isTrue();
    }
}
