package io.springline.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CoalescedTaskTest {

    private final AtomicInteger runs = new AtomicInteger();

    private CoalescedTask task(CoalescedTask.Work work) {
        return new CoalescedTask("test", Duration.ZERO, Duration.ZERO, work);
    }

    @Test
    void runsOnceMoreForAllRequestsThatComeDuringARun() throws Exception {
        var begun = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        CoalescedTask task =
                task(() -> {
                    runs.incrementAndGet();
                    begun.countDown();
                    end.await();
                });
        var first = task.request();
        begun.await();
        var second = task.request();
        for (int i = 0; i < 200; i++) {
            assertThat(task.request()).isSameAs(second);
        }
        assertThat(first).isNotDone();
        end.countDown();
        second.get(60, TimeUnit.SECONDS);
        assertThat(runs).hasValue(2);
    }

    @Test
    void neverRunsTwiceAtATime() throws Exception {
        var alone = new Semaphore(1);
        var collisions = new AtomicInteger();
        CoalescedTask task =
                task(() -> {
                    if (!alone.tryAcquire()) {
                        collisions.incrementAndGet();
                    }
                    Thread.yield();
                    alone.release();
                });
        for (int i = 0; i < 1000; i++) {
            task.request();
        }
        task.request().get(60, TimeUnit.SECONDS);
        assertThat(collisions).hasValue(0);
    }

    @Test
    void runsAgainAfterARunThatFailed() throws Exception {
        CoalescedTask task =
                task(() -> {
                    if (runs.incrementAndGet() == 1) {
                        throw new IllegalStateException("planted");
                    }
                    if (runs.get() == 2) {
                        throw new StackOverflowError("planted");
                    }
                });
        task.request().get(60, TimeUnit.SECONDS);
        task.request().get(60, TimeUnit.SECONDS);
        task.request().get(60, TimeUnit.SECONDS);
        assertThat(runs).hasValue(3);
    }

    @Test
    void hasOneDelayedRequestAtATime() {
        CoalescedTask task = task(runs::incrementAndGet);
        for (int i = 0; i < 100; i++) {
            task.requestAfter(Duration.ofMillis(300));
        }
        await().until(() -> runs.get() == 1);
        task.requestAfter(Duration.ZERO);
        await().until(() -> runs.get() == 2);
    }

    @Test
    void pausesLongerWhileRequestsKeepComing() {
        var task =
                new CoalescedTask(
                        "test",
                        Duration.ofMillis(5),
                        Duration.ofSeconds(60),
                        runs::incrementAndGet);
        await().pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    task.request();
                    return task.pause().compareTo(Duration.ofMillis(300)) > 0;
                });
        assertThat(runs.get()).as("doubled from 5 ms").isLessThan(10);
    }

    @Test
    void interruptsItsRunWhenItCloses() throws Exception {
        var begun = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        CoalescedTask task =
                task(() -> {
                    try {
                        begun.countDown();
                        new CountDownLatch(1).await();
                    } finally {
                        interrupted.countDown();
                    }
                });
        var run = task.request();
        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
        task.close();
        await().until(() -> interrupted.getCount() == 0 && run.isDone());
        assertThat(task.request()).isDone();
    }
}
