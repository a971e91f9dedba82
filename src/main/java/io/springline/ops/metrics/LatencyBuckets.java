package io.springline.ops.metrics;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.DoubleStream;

/**
 * The histogram buckets of all latency timers: from 0.1 ms to 5 minutes, the default timeout of a
 * request.
 */
final class LatencyBuckets {

    private static final double[] MILLIS = {
        0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1e3, 2.5e3, 5e3, 10e3, 30e3, 60e3,
        300e3
    };

    private static final Duration[] BOUNDS =
            DoubleStream.of(MILLIS)
                    .mapToObj(millis -> Duration.ofNanos(Math.round(millis * 1e6)))
                    .toArray(Duration[]::new);

    private LatencyBuckets() {}

    static Timer.Builder timer(String name) {
        return Timer.builder(name).serviceLevelObjectives(BOUNDS);
    }
}
