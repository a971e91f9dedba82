package io.springline.relay.stdio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.relay.stdio.ProcessStarts.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ProcessStartsTest {

    private static final Duration LONG = Duration.ofHours(1);

    private final BlockingQueue<String> begun = new LinkedBlockingQueue<>();

    /** Starts that have their turn end only if the test ends them. */
    private Thread begin(ProcessStarts starts, String upstream, boolean awaited) {
        int before = starts.waiting();
        Thread thread =
                Thread.startVirtualThread(() -> {
                    try {
                        starts.await(upstream, () -> awaited);
                        begun.add(upstream);
                    } catch (InterruptedException e) {
                        begun.add(upstream + " interrupted");
                    }
                });
        await().until(() -> starts.waiting() > before);
        return thread;
    }

    private String next() throws InterruptedException {
        return String.valueOf(begun.poll(60, TimeUnit.SECONDS));
    }

    @Test
    void startsNoMoreThanTheLimitAtATime() throws Exception {
        var starts = new ProcessStarts(3, LONG);
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 60; i++) {
            String upstream = "u" + i;
            threads.add(
                    Thread.startVirtualThread(() -> {
                        try (var _ = starts.await(upstream, () -> false)) {
                            most.accumulateAndGet(now.incrementAndGet(), Math::max);
                            Thread.yield();
                            now.decrementAndGet();
                        } catch (InterruptedException e) {
                            most.set(Integer.MAX_VALUE);
                        }
                    }));
        }
        for (Thread each : threads) {
            assertThat(each.join(Duration.ofSeconds(60))).isTrue();
        }
        assertThat(most.get()).isBetween(1, 3);
    }

    @Test
    @Timeout(60)
    void aStartThatHangsCountsForAShortTimeOnly() throws Exception {
        var starts = new ProcessStarts(1, Duration.ofMillis(50));
        try (var _ = starts.await("hangs", () -> false);
                var _ = starts.await("also hangs", () -> false);
                var _ = starts.await("good", () -> false)) {
            assertThat(starts.waiting()).isZero();
        }
    }

    @Test
    void aStartForWhichACallerWaitsComesFirst() throws Exception {
        var starts = new ProcessStarts(1, LONG);
        Turn first = starts.await("first", () -> false);
        begin(starts, "restarted", false);
        begin(starts, "called", true);
        first.close();
        assertThat(next()).isEqualTo("called");
    }

    @Test
    void theManyStartsOfOneUpstreamDoNotDelayTheFirstOfAnother() throws Exception {
        var starts = new ProcessStarts(2, LONG);
        Turn first = starts.await("many", () -> true);
        starts.await("many", () -> true);
        begin(starts, "many", true);
        begin(starts, "other", true);
        first.close();
        assertThat(next()).isEqualTo("other");
    }

    @Test
    void equalStartsHaveTheirTurnsInOrder() throws Exception {
        var starts = new ProcessStarts(1, LONG);
        Turn first = starts.await("first", () -> false);
        for (String each : List.of("a", "b", "c")) {
            begin(starts, each, false);
        }
        first.close();
        assertThat(next()).isEqualTo("a");
    }

    @Test
    void aStartThatIsGivenUpTakesNoTurn() throws Exception {
        var starts = new ProcessStarts(1, LONG);
        Turn first = starts.await("first", () -> false);
        Thread closed = begin(starts, "closed", false);
        begin(starts, "next", false);
        closed.interrupt();
        assertThat(next()).isEqualTo("closed interrupted");
        first.close();
        assertThat(next()).isEqualTo("next");
    }
}
