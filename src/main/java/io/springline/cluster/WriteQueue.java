package io.springline.cluster;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The writes of one lease: those under way, and those that wait for them. Guarded by the lease. */
final class WriteQueue {

    /** Bytes after which a batch is full. */
    private static final int BATCH_BYTES = 256 * 1024;

    private final ArrayDeque<Write> waiting = new ArrayDeque<>();
    private List<Write> underway = List.of();

    void add(Write write) {
        waiting.add(write);
    }

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Moves the next batch from those that wait to those under way. */
    List<Write> takeBatch() {
        var batch = new ArrayList<Write>();
        int bytes = 0;
        while (!waiting.isEmpty() && (batch.isEmpty() || bytes < BATCH_BYTES)) {
            Write next = waiting.remove();
            bytes += next.bytes();
            batch.add(next);
        }
        underway = batch;
        return batch;
    }

    /** Puts one write under way that does not wait. */
    void begin(Write write) {
        underway = List.of(write);
    }

    /** Returns the writes that were under way: their answer is there. */
    List<Write> finish() {
        List<Write> finished = underway;
        underway = List.of();
        return finished;
    }

    /** Removes and returns those that wait. */
    List<Write> clear() {
        List<Write> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    /** Gives up those that wait: this node alone has what they hold. */
    void abandon() {
        clear().forEach(Write::abandon);
    }
}
