package io.springline.relay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.springline.jsonrpc.RequestId;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class CallTimerTest {

    private final List<PendingCall> calls = new CopyOnWriteArrayList<>();
    private final CallTimer timer = new CallTimer(calls);

    private PendingCall call(Duration timeout) {
        var call =
                new PendingCall(
                        new RequestId.Number(calls.size()),
                        new CompletableFuture<>(),
                        null,
                        Set.of(),
                        calls.size(),
                        System.nanoTime() + timeout.toNanos());
        calls.add(call);
        timer.watch(call.deadlineNanos());
        return call;
    }

    private static void awaitEnd(PendingCall call) {
        await().until(() -> call.answer().isCompletedExceptionally());
    }

    @Test
    void endsCallsWhoseTimeIsUpAndNoOthers() {
        var patient = call(Duration.ofDays(365));
        var first = call(Duration.ofMillis(100));
        var second = call(Duration.ofMillis(300));
        awaitEnd(first);
        awaitEnd(second);
        assertThat(patient.answer()).isNotDone();
    }

    @Test
    void endsACallThatBeginsAfterTheTimerHasEnded() {
        awaitEnd(call(Duration.ofMillis(1)));
        calls.clear();
        awaitEnd(call(Duration.ofMillis(1)));
    }
}
