package io.springline.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SharedThreadTest {

    private final List<String> ran = new ArrayList<>();
    private final Runnable write = () -> ran.add("write");

    @Test
    void isCurrentOnlyDuringItsWork() {
        assertThat(SharedThread.isCurrent()).isFalse();
        SharedThread.run(() -> assertThat(SharedThread.isCurrent()).isTrue());
        assertThat(SharedThread.isCurrent()).isFalse();
        assertThat(SharedThread.mayBlock("for a test")).isTrue();
    }

    @Test
    void isNotCurrentOnThreadsThatItStarts() {
        var current = new AtomicBoolean(true);
        SharedThread.run(() -> {
            Thread other = Thread.startVirtualThread(() -> current.set(SharedThread.isCurrent()));
            while (other.isAlive()) {
                Thread.onSpinWait();
            }
        });
        assertThat(current).isFalse();
    }

    @Test
    void runsDeferredWorkOnceAfterAllElse() {
        SharedThread.run(() -> {
            SharedThread.defer(write);
            ran.add("one");
            SharedThread.defer(write);
            ran.add("two");
        });
        assertThat(ran).containsExactly("one", "two", "write");
    }

    @Test
    void runsWhatDeferredWorkDefers() {
        SharedThread.run(() -> SharedThread.defer(() -> SharedThread.defer(write)));
        assertThat(ran).containsExactly("write");
    }

    @Test
    void runsDeferredWorkAtOnceOnOtherThreads() {
        SharedThread.defer(write);
        ran.add("then");
        assertThat(ran).containsExactly("write", "then");
    }

    @Test
    void runsDeferredWorkAlthoughOtherWorkFails() {
        assertThatThrownBy(() ->
                        SharedThread.run(() -> {
                            SharedThread.defer(() -> {
                                throw new IllegalStateException("one client's");
                            });
                            SharedThread.defer(write);
                            throw new IllegalArgumentException("the work's");
                        }))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ran).containsExactly("write");
    }
}
