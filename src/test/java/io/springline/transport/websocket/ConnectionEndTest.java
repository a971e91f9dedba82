package io.springline.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ConnectionEndTest {

    private final ConnectionEnd end = new ConnectionEnd(Thread::startVirtualThread);
    private final AtomicReference<Thread> handledOn = new AtomicReference<>();
    private final AtomicInteger handled = new AtomicInteger();

    private void handle() {
        handledOn.set(Thread.currentThread());
        handled.incrementAndGet();
    }

    @Test
    void handlesAnEndDuringTheOpeningAfterwards() {
        end.report(this::handle);
        assertThat(handled).hasValue(0);
        end.finishMessage();
        await().until(() -> handled.get() == 1);
    }

    @Test
    void handlesAnEndBetweenMessagesOnItsOwnThread() {
        end.finishMessage();
        end.report(this::handle);
        await().until(() -> handled.get() == 1);
        assertThat(handledOn.get()).isNotSameAs(Thread.currentThread());
        assertThat(end.beginMessage()).isFalse();
    }

    @Test
    void handlesAnEndDuringAMessageAfterwardsOnItsOwnThread() throws InterruptedException {
        end.finishMessage();
        assertThat(end.beginMessage()).isTrue();
        Thread.ofVirtual().start(() -> end.report(this::handle)).join();
        assertThat(handled).hasValue(0);
        end.finishMessage();
        assertThat(end.beginMessage()).isFalse();
        await().until(() -> handled.get() == 1);
        assertThat(handledOn.get()).isNotSameAs(Thread.currentThread());
    }

    @Test
    void handlesAnEndOnlyOnce() throws Exception {
        for (int round = 0; round < 500; round++) {
            var racing = new ConnectionEnd(Thread::startVirtualThread);
            var times = new AtomicInteger();
            var start = new CyclicBarrier(3);
            Runnable reporter =
                    () -> {
                        arrive(start);
                        racing.report(times::incrementAndGet);
                    };
            Thread one = Thread.ofVirtual().start(reporter);
            Thread other = Thread.ofVirtual().start(reporter);
            arrive(start);
            racing.finishMessage();
            for (int i = 0; i < 3 && racing.beginMessage(); i++) {
                racing.finishMessage();
            }
            one.join();
            other.join();
            while (times.get() == 0) {
                Thread.onSpinWait();
            }
            assertThat(racing.beginMessage()).isFalse();
            assertThat(times).hasValue(1);
        }
    }

    private static void arrive(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
