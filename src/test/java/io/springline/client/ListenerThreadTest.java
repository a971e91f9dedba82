package io.springline.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ListenerThreadTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MAX_CALLS = 10_000;

    private final ListenerThread listener = new ListenerThread();
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private final List<String> run = new ArrayList<>();

    private void block() throws InterruptedException {
        listener.start();
        listener.add(() -> {
            blocked.countDown();
            assertThatNoException().isThrownBy(released::await);
        });
        blocked.await();
    }

    private void release() throws InterruptedException {
        released.countDown();
        assertThat(listener.awaitRoom(PATIENCE)).isTrue();
        listener.end();
        assertThat(listener.awaitEnd(PATIENCE)).isTrue();
    }

    @Test
    void isFullWithManyCallsAndThenDropsOnlyWhatIsOffered() throws Exception {
        block();
        for (int i = 0; i < MAX_CALLS; i++) {
            assertThat(listener.awaitRoom(Duration.ZERO)).isTrue();
            listener.add(() -> {});
        }
        assertThat(listener.awaitRoom(Duration.ZERO)).isFalse();
        listener.offer(() -> run.add("offered"));
        listener.add(() -> run.add("added"));
        release();
        assertThat(run).containsExactly("added");
    }

    @Test
    void isFullWithLargeMessages() throws Exception {
        block();
        for (int i = 0; i < 2; i++) {
            assertThat(listener.awaitRoom(Duration.ZERO)).isTrue();
            listener.count(16 << 20);
            listener.add(() -> run.add("message"));
        }
        assertThat(listener.awaitRoom(Duration.ZERO)).isFalse();
        assertThat(listener.awaitEnd(Duration.ZERO)).isFalse();
        release();
        assertThat(run).containsExactly("message", "message");
    }

    @Test
    void wakesTheReaderIfNoCallFollowsALargeMessage() throws Exception {
        block();
        listener.count(32 << 20);
        var reader =
                Thread.ofPlatform()
                        .daemon()
                        .start(() ->
                                assertThatNoException()
                                        .isThrownBy(() -> listener.awaitRoom(Duration.ofHours(1))));
        await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
        released.countDown();
        assertThat(reader.join(PATIENCE)).isTrue();
    }

    @Test
    void interruptsTheRunningCallAndLaterOnesButNotItself() throws Exception {
        var begun = new CountDownLatch(1);
        var seen = new CompletableFuture<List<Boolean>>();
        listener.start();
        listener.interruptCalls(); // none runs
        listener.add(() -> {
            boolean before = Thread.currentThread().isInterrupted();
            listener.interruptCalls();
            boolean byItself = Thread.currentThread().isInterrupted();
            begun.countDown();
            try {
                released.await();
                seen.complete(List.of());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                seen.complete(List.of(before, byItself));
            }
        });
        begun.await();
        listener.interruptCalls();
        assertThat(seen.get()).containsExactly(false, false);
        var after = new CompletableFuture<Boolean>();
        listener.add(() -> after.complete(Thread.currentThread().isInterrupted()));
        assertThat(after.get()).isTrue();
    }
}
