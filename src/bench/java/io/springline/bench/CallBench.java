package io.springline.bench;

import java.io.IOException;
import java.time.Duration;
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

    static final Duration WARM_UP = Duration.ofMillis(500);

    private final Results results;
    private final Map<Server, ServerProcess> servers;

    CallBench(Results results, Map<Server, ServerProcess> servers) {
        this.results = results;
        this.servers = servers;
    }

    void warmUp(Set<Way> ways) throws IOException, InterruptedException {
        WarmUp.run(
                results,
                ways,
                way -> way.title,
                way -> {
                    closedLoop(way, 1, WarmUp.TIME);
                    return closedLoop(way, 16, WarmUp.TIME);
                });
    }

    /** 64 connections with 1 and with 16 calls in flight. */
    void closedLoops(Set<Way> ways) throws InterruptedException {
        for (int depth : List.of(1, 16)) {
            for (Way way : ways) {
                results.record(
                        CALLS,
                        way.title,
                        "64x" + depth,
                        () -> closedLoop(way, depth, ServiceBench.TIME));
            }
        }
    }

    private Sample closedLoop(Way way, int depth, Duration time) throws IOException {
        try (var client = new LoadClient(way.target(), server(way))) {
            client.open(64);
            return client.closedLoop(depth, WARM_UP, time);
        }
    }

    /** 3,000 calls a second over 100 connections. */
    void openLoop(Set<Way> ways) throws InterruptedException {
        for (Way way : ways) {
            Sample sample = results.record(OPEN_LOOP, way.title, "100", () -> openLoop(way));
            for (double quantile : QUANTILES) {
                String name = Double.toString(quantile);
                results.add(DISTRIBUTION, way.title, name, sample.micros(quantile));
            }
        }
    }

    /** As many calls a second over one connection as over ten thousand. */
    void scaling(Set<Way> ways) throws InterruptedException {
        for (int connections : SCALES) {
            for (Way way : List.of(Way.SPRING_ECHO, Way.SPRINGLINE)) {
                if (ways.contains(way)) {
                    scaling(way, connections);
                }
            }
        }
    }

    private void scaling(Way way, int connections) throws InterruptedException {
        String load = Integer.toString(connections);
        try (var client = new LoadClient(way.target(), server(way))) {
            client.open(connections);
            for (int round = 0; round < ServiceBench.ROUNDS; round++) {
                results.record(
                        SCALING,
                        way.title,
                        load,
                        () -> client.openLoop(SCALING_RATE, WARM_UP, ServiceBench.TIME));
            }
        } catch (IOException e) {
            results.note("scaling %s, %s failed: %s".formatted(load, way.title, e.getMessage()));
        }
    }

    private Sample openLoop(Way way) throws Exception {
        try (var client = new LoadClient(way.target(), server(way))) {
            client.open(100);
            return client.openLoop(OPEN_RATE, WARM_UP, ServiceBench.TIME);
        }
    }

    private ServerProcess server(Way way) {
        return Objects.requireNonNull(servers.get(way.server), way.title);
    }
}
