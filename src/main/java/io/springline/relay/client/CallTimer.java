package io.springline.relay.client;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ends the calls of one connection whose time is up. One timer serves all calls, and runs on when
 * they are answered: a call that is answered in time neither starts nor stops one. Thread-safe.
 */
final class CallTimer {

    /** The timer looks at the calls this often. An earlier deadline replaces it. */
    private static final long LONGEST_NANOS = Duration.ofMinutes(1).toNanos();

    private static final long NEVER = Long.MAX_VALUE;

    private final Collection<PendingCall> calls;

    /** When the current timer ends. Timers with another time do nothing when they end. */
    private final AtomicLong due = new AtomicLong(NEVER);

    /**
     * @param calls a live view of the calls without a response
     */
    CallTimer(Collection<PendingCall> calls) {
        this.calls = calls;
    }

    /** Makes sure that a timer ends at this time or before. */
    void watch(long deadlineNanos) {
        long now = System.nanoTime();
        long when = Math.min(deadlineNanos, now + LONGEST_NANOS);
        if (when < due.getAndAccumulate(when, Math::min)) {
            CompletableFuture.delayedExecutor(
                            when - now, TimeUnit.NANOSECONDS, Thread::startVirtualThread)
                    .execute(() -> end(when));
        }
    }

    private void end(long when) {
        if (!due.compareAndSet(when, NEVER)) {
            return;
        }
        long now = System.nanoTime();
        long next = NEVER;
        for (PendingCall call : calls) {
            if (call.deadlineNanos() <= now) {
                call.answer().completeExceptionally(new TimeoutException());
            } else {
                next = Math.min(next, call.deadlineNanos());
            }
        }
        if (next != NEVER) {
            watch(next);
        }
    }
}
