package io.springline.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.function.Function;

/** Calls until the JIT compilers have done most of their work. */
final class WarmUp {

    /** Of one measurement. */
    static final Duration TIME = Duration.ofSeconds(1);

    private static final int ROUNDS = Integer.getInteger("bench.warmup", 10);

    private WarmUp() {}

    @FunctionalInterface
    interface Measurement<W> {
        Sample of(W way) throws IOException, InterruptedException;
    }

    /**
     * Measures all ways in turns until a call's cost has changed by less than a twentieth, at least
     * three times, at most {@code bench.warmup} times.
     */
    static <W> void run(
            Results results, Collection<W> ways, Function<W, String> title, Measurement<W> measure)
            throws IOException, InterruptedException {
        var before = new HashMap<W, Double>();
        var moving = new ArrayList<>(ways);
        for (int round = 1; round <= ROUNDS && !moving.isEmpty(); round++) {
            for (W way : new ArrayList<>(moving)) {
                double micros = measure.of(way).cpuMicros();
                double last = before.getOrDefault(way, Double.MAX_VALUE);
                before.put(way, micros);
                if (round > 2 && Math.abs(micros / last - 1) < 0.05) {
                    moving.remove(way);
                }
                ServiceBench.progress(
                        "warm-up %d: %s: %.1f µs CPU/call"
                                .formatted(round, title.apply(way), micros));
            }
        }
        if (!moving.isEmpty() && ROUNDS > 0) {
            results.note("not stable after %d rounds of warm-up: %s".formatted(ROUNDS, moving));
        }
    }
}
