package io.springline.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Calls of the tool {@code echo}: what they cost the server, and how long they take. */
final class CallBench {

    static final String CALLS = "calls";
    static final String OPEN_LOOP = "open loop";
    static final String SCALING = "scaling";
    static final String DISTRIBUTION = "latency distribution";
    static final int OPEN_RATE = 3000;
    static final int SCALING_RATE = 2000;
    static final List<Integer> SCALES = List.of(1, 10, 100, 1000, 10_000);
    static final List<Double> QUANTILES =
            List.of(0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999);

    private static final Duration WARM_UP = Duration.ofMillis(500);

    private final Results results;
    private final Map<Server, ServerProcess> servers;

    CallBench(Results results, Map<Server, ServerProcess> servers) {
        this.results = results;
        this.servers = servers;
    }

    /**
     * Until the cost of a call has changed by less than a twentieth, at least three times, at most
     * {@code rounds} times.
     */
    void warmUp(Set<Way> ways, int rounds) throws IOException {
        var before = new EnumMap<Way, Double>(Way.class);
        var moving = EnumSet.copyOf(ways);
        for (int round = 1; round <= rounds && !moving.isEmpty(); round++) {
            for (Way way : EnumSet.copyOf(moving)) {
                closedLoop(way, 1);
                double micros = closedLoop(way, 16).cpuMicros();
                double last = before.getOrDefault(way, Double.MAX_VALUE);
                before.put(way, micros);
                if (round > 2 && Math.abs(micros / last - 1) < 0.05) {
                    moving.remove(way);
                }
                ServiceBench.progress(
                        "warm-up %d: %s: %.1f µs CPU/call".formatted(round, way.title, micros));
            }
        }
        if (!moving.isEmpty() && rounds > 0) {
            results.note("not stable after %d rounds of warm-up: %s".formatted(rounds, moving));
        }
    }

    /** 64 connections with 1 and with 16 calls in flight. */
    void closedLoops(Set<Way> ways) throws InterruptedException {
        for (int depth : List.of(1, 16)) {
            for (Way way : ways) {
                record(CALLS, way, "64x" + depth, () -> closedLoop(way, depth));
            }
        }
    }

    private Sample closedLoop(Way way, int depth) throws IOException {
        try (var client = new LoadClient(way, server(way))) {
            client.open(64);
            return client.closedLoop(depth, WARM_UP, ServiceBench.TIME);
        }
    }

    /** 3,000 calls a second over 100 connections. */
    void openLoop(Set<Way> ways) throws InterruptedException {
        for (Way way : ways) {
            Sample sample = record(OPEN_LOOP, way, "100", () -> openLoop(way));
            for (double quantile : QUANTILES) {
                String name = Double.toString(quantile);
                results.add(DISTRIBUTION, way.title, name, sample.micros(quantile));
            }
        }
    }

    /** As many calls a second over one connection as over ten thousand. */
    void scaling(Set<Way> ways) throws InterruptedException {
        for (int connections : SCALES) {
            for (Way way : List.of(Way.QUARKUS_1, Way.SPRINGLINE)) {
                if (ways.contains(way)) {
                    scaling(way, connections);
                }
            }
        }
    }

    private void scaling(Way way, int connections) throws InterruptedException {
        String load = Integer.toString(connections);
        try (var client = new LoadClient(way, server(way))) {
            client.open(connections);
            for (int round = 0; round < ServiceBench.ROUNDS; round++) {
                record(
                        SCALING,
                        way,
                        load,
                        () -> client.openLoop(SCALING_RATE, WARM_UP, ServiceBench.TIME));
            }
        } catch (IOException e) {
            results.note("scaling %s, %s failed: %s".formatted(load, way.title, e.getMessage()));
        }
    }

    private Sample openLoop(Way way) throws Exception {
        try (var client = new LoadClient(way, server(way))) {
            client.open(100);
            return client.openLoop(OPEN_RATE, WARM_UP, ServiceBench.TIME);
        }
    }

    private ServerProcess server(Way way) {
        return Objects.requireNonNull(servers.get(way.server), way.title);
    }

    @FunctionalInterface
    private interface Measurement {
        Sample run() throws Exception;
    }

    /**
     * Measures and keeps what was measured; a failure leaves a gap in this round.
     *
     * @param load stands in front of each metric's name
     */
    private Sample record(String scenario, Way way, String load, Measurement measurement)
            throws InterruptedException {
        String what = "%s %s, %s".formatted(scenario, load, way.title);
        Sample sample;
        try {
            sample = measurement.run();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            results.note("%s failed: %s".formatted(what, e.getMessage()));
            sample = Sample.NONE;
        }
        results.add(scenario, way.title, load + " CPU µs", sample.cpuMicros());
        results.add(scenario, way.title, load + " p50 µs", sample.micros(0.5));
        results.add(scenario, way.title, load + " p99 µs", sample.micros(0.99));
        results.add(scenario, way.title, load + " calls/s", sample.perSecond());
        if (sample.errors() > 0) {
            results.note(
                    "%s: %d of %d answers were no echo"
                            .formatted(what, sample.errors(), sample.nanos().length));
        }
        ServiceBench.progress(
                "%s: CPU %.1f µs, p50 %.0f µs, p99 %.0f µs, %.0f calls/s"
                        .formatted(
                                what,
                                sample.cpuMicros(),
                                sample.micros(0.5),
                                sample.micros(0.99),
                                sample.perSecond()));
        return sample;
    }
}
