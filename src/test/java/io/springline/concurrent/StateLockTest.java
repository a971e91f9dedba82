package io.springline.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class StateLockTest {

    private final StateLock outer = new StateLock();
    private final StateLock inner = new StateLock();

    @Test
    void assertionsAreOnInTests() {
        assertThat(StateLock.class.desiredAssertionStatus()).isTrue();
    }

    @Test
    void permitsAnOutwardCallOnceAllLocksOfTheThreadAreReleased() {
        try (var _ = outer.hold()) {
            try (var _ = inner.hold()) {
                assertThat(StateLock.isHeld()).isTrue();
            }
            assertThat(StateLock.isHeld()).isTrue();
        }
        assertThat(StateLock.isHeld()).isFalse();
        assertThat(StateLock.noneHeld("call")).isTrue();
    }

    @Test
    void permitsAnOutwardCallWhileAnotherThreadHoldsALock() throws InterruptedException {
        var permitted = new AtomicBoolean();
        try (var _ = outer.hold()) {
            Thread.ofVirtual().start(() -> permitted.set(StateLock.noneHeld("call"))).join();
        }
        assertThat(permitted).isTrue();
    }

    @Test
    void releasesTheLockAfterAnException() throws InterruptedException {
        assertThatThrownBy(
                        () -> {
                            try (var _ = outer.hold()) {
                                throw new IllegalStateException();
                            }
                        })
                .isInstanceOf(IllegalStateException.class);
        var taken = new AtomicBoolean();
        Thread.ofVirtual()
                .start(() -> {
                    try (var _ = outer.hold()) {
                        taken.set(true);
                    }
                })
                .join();
        assertThat(taken).isTrue();
    }
}
