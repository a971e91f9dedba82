package io.springline.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What calls of an upstream's tool cost the gateway, and how long they take. */
final class RelayBench {

    static final String CALLS = "relayed calls";
    static final String OPEN_LOOP = "relayed calls, open loop";
    static final String DIRECT = "stdio server, without a gateway";
    static final List<Load> LOADS = List.of(new Load(1, 1), new Load(16, 1), new Load(16, 4));
    private static final int CONNECTIONS = 16;

    private final Results results;
    private final Set<RelayWay> ways;
    private final Map<RelayWay, ServerProcess> gateways = new EnumMap<>(RelayWay.class);

    /**
     * @param depth calls in flight on each connection
     */
    record Load(int connections, int depth) {
        @Override
        public String toString() {
            return connections + "x" + depth;
        }
    }

    RelayBench(Results results, Set<RelayWay> ways) {
        this.results = results;
        this.ways = EnumSet.copyOf(ways);
    }

    /** The ways take turns in each round. */
    void run(int rounds) throws IOException, InterruptedException {
        try {
            start();
            WarmUp.run(
                    results,
                    ways,
                    way -> way.title,
                    way -> {
                        closedLoop(way, LOADS.getLast(), WarmUp.TIME);
                        return closedLoop(way, LOADS.getFirst(), WarmUp.TIME);
                    });
            for (int round = 1; round <= rounds; round++) {
                ServiceBench.progress("relay, round %d of %d".formatted(round, rounds));
                round();
            }
        } finally {
            gateways.values().forEach(ServerProcess::close);
        }
    }

    private void start() {
        for (RelayWay way : EnumSet.copyOf(ways)) {
            try {
                gateways.put(way, way.start());
            } catch (IOException e) {
                ways.remove(way);
                results.note("skipped: %s: %s".formatted(way.title, e.getMessage()));
            }
        }
    }

    private void round() throws InterruptedException {
        for (Load load : LOADS) {
            for (RelayWay way : ways) {
                results.record(
                        CALLS,
                        way.title,
                        load.toString(),
                        () -> closedLoop(way, load, ServiceBench.TIME));
            }
        }
        String rate = "%d/s".formatted(CallBench.OPEN_RATE);
        if (gateways.containsKey(RelayWay.STDIO)) {
            results.record(OPEN_LOOP, DIRECT, rate, () -> StdioLoad.run(ServiceBench.TIME));
        }
        for (RelayWay way : ways) {
            results.record(OPEN_LOOP, way.title, rate, () -> openLoop(way));
        }
    }

    private Sample closedLoop(RelayWay way, Load load, Duration time) throws IOException {
        try (var client = new LoadClient(way.target, gateway(way))) {
            client.open(load.connections);
            return client.closedLoop(load.depth, CallBench.WARM_UP, time);
        }
    }

    private Sample openLoop(RelayWay way) throws Exception {
        try (var client = new LoadClient(way.target, gateway(way))) {
            client.open(CONNECTIONS);
            return client.openLoop(CallBench.OPEN_RATE, CallBench.WARM_UP, ServiceBench.TIME);
        }
    }

    private ServerProcess gateway(RelayWay way) {
        return Objects.requireNonNull(gateways.get(way), way.title);
    }
}
