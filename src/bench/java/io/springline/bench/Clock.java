package io.springline.bench;

import java.io.IOException;
import java.util.Arrays;

/** The time, the server's CPU and the latencies between a start and a sample. */
final class Clock {

    private final ServerProcess server;
    private long[] nanos;
    private int calls;
    private long started;
    private double cpu;
    private long errors;
    private boolean over;

    /**
     * @param expected calls; there may be more
     */
    Clock(ServerProcess server, int expected) {
        this.server = server;
        nanos = new long[expected];
    }

    /** What came before is forgotten. */
    void start(long errorsBefore) throws IOException {
        errors = errorsBefore;
        calls = 0;
        cpu = server.cpuSeconds();
        started = System.nanoTime();
    }

    void add(long latency) {
        if (calls == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * calls);
        }
        nanos[calls++] = latency;
    }

    boolean isOver() {
        return over;
    }

    Sample sample(long errorsNow) throws IOException {
        double seconds = (System.nanoTime() - started) / 1e9;
        double used = server.cpuSeconds() - cpu;
        over = true;
        long[] sorted = Arrays.copyOf(nanos, calls);
        Arrays.sort(sorted);
        return new Sample(sorted, seconds, used, errorsNow - errors);
    }
}
