package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlowReaderDetectorTest {

    private static final long TIMEOUT = 1_000;

    private final SlowReaderDetector detector = new SlowReaderDetector(TIMEOUT, 0);

    @Test
    void isTooSlowOnceAFragmentHasTakenTheWriteTimeout() {
        detector.recordWrite(500);
        assertThat(detector.isTooSlow(500 + TIMEOUT - 1)).isFalse();
        assertThat(detector.isTooSlow(500 + TIMEOUT)).isTrue();
        detector.recordWrite(500 + TIMEOUT);
        assertThat(detector.isTooSlow(500 + TIMEOUT)).isFalse();
    }

    @Test
    void isWritingUntilTheFragmentIsWrittenOrHasTimedOut() {
        assertThat(detector.isWriting(1)).isFalse();
        detector.recordWrite(1);
        assertThat(detector.isWriting(TIMEOUT)).isTrue();
        assertThat(detector.isWriting(TIMEOUT + 1)).isFalse();
        detector.recordWrite(TIMEOUT + 1);
        detector.recordIdle();
        assertThat(detector.isWriting(TIMEOUT + 1)).isFalse();
    }

    @Test
    void hasReadNothingSinceTheLastWriteBegan() {
        detector.recordWrite(7);
        assertThat(detector.unreadSinceNanos()).isEqualTo(7);
        detector.recordIdle();
        assertThat(detector.unreadSinceNanos()).isNotEqualTo(7);
    }

    @Test
    void givesTheCloseTimeAnewWithEachWrittenFragment() {
        long grace = SlowReaderDetector.CLOSE_GRACE_NANOS;
        detector.recordWrite(5);
        detector.recordClosing(10);
        assertThat(detector.isCloseOverdue(10 + grace - 1)).isFalse();
        assertThat(detector.isCloseOverdue(10 + grace)).isTrue();
        detector.recordWrite(20);
        assertThat(detector.isCloseOverdue(20 + grace - 1)).isFalse();
        assertThat(detector.isCloseOverdue(20 + grace)).isTrue();
    }
}
