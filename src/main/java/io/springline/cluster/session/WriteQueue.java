package io.springline.cluster.session;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The writes of one lease: those that are being sent, and those that wait. Guarded by the lease.
 */
final class WriteQueue {

    /** The size in bytes at which a batch is complete. */
    private static final int BATCH_BYTES = 256 * 1024;

    private final ArrayDeque<Write> waiting = new ArrayDeque<>();
    private final LongSupplier nanoTime;
    private List<Write> underway = List.of();
    private long sentNanos;

    WriteQueue(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.sentNanos = nanoTime.getAsLong();
    }

    void add(Write write) {
        waiting.add(write);
    }

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Removes the next batch from the waiting writes and returns it as being sent. */
    List<Write> takeBatch() {
        var batch = new ArrayList<Write>();
        int bytes = 0;
        while (!waiting.isEmpty() && (batch.isEmpty() || bytes < BATCH_BYTES)) {
            Write next = waiting.remove();
            bytes += next.bytes();
            batch.add(next);
        }
        underway = batch;
        sentNanos = nanoTime.getAsLong();
        return batch;
    }

    /** Marks a write as being sent that has not waited. */
    void begin(Write write) {
        underway = List.of(write);
        sentNanos = nanoTime.getAsLong();
    }

    /** Returns the time since the last writes were taken to be sent. */
    Duration unanswered() {
        return Duration.ofNanos(nanoTime.getAsLong() - sentNanos);
    }

    /** Returns the writes that were being sent, since their answer has arrived. */
    List<Write> finish() {
        List<Write> finished = underway;
        underway = List.of();
        return finished;
    }

    /** Removes and returns the waiting writes. */
    List<Write> clear() {
        List<Write> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    /** Completes the waiting writes as known to this node only. */
    void abandon() {
        clear().forEach(Write::abandon);
    }
}
