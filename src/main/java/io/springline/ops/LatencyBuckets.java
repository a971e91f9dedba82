package io.springline.ops;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.LongStream;

/**
 * The bounds of what is counted by how long it took: from 0.1 ms to the longest request allowed.
 */
final class LatencyBuckets {

    private static final Duration[] BOUNDS =
            LongStream.of(
                            100,
                            250,
                            500, //
                            1_000,
                            2_500,
                            5_000, //
                            10_000,
                            25_000,
                            50_000, //
                            100_000,
                            250_000,
                            500_000, //
                            1_000_000,
                            2_500_000,
                            5_000_000, //
                            10_000_000,
                            30_000_000,
                            60_000_000,
                            300_000_000)
                    .mapToObj(micros -> Duration.ofNanos(micros * 1_000))
                    .toArray(Duration[]::new);

    private LatencyBuckets() {}

    static Timer.Builder timer(String name) {
        return Timer.builder(name).serviceLevelObjectives(BOUNDS);
    }
}
