package io.springline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What the service costs, beside its peers and the bare socket: {@code ./mvnw -Pbench verify
 * -Dit.test=ServiceBench}. Each server is a process of its own; all ways take turns in each round,
 * so that whatever else the machine does meets all of them alike.
 *
 * <p>System properties: {@code bench.scenarios}, {@code bench.ways} and {@code bench.relays}, some
 * of {@link Scenario}, {@link Way} and {@link RelayWay}, by commas; {@code bench.rounds}, {@code
 * bench.seconds} of each measurement, {@code bench.warmup}, the most rounds of warm-up; {@code
 * bench.jvm}, the options of all servers' JVMs; {@code bench.jfr}, true for a recording of each
 * server in {@code target/bench}.
 */
class ServiceBench {

    static final Path OUTPUT = Path.of("target", "bench");
    static final String JVM = "-Xmx512m -XX:+UseSerialGC";
    static final int ROUNDS = Integer.getInteger("bench.rounds", 3);
    static final Duration TIME = Duration.ofSeconds(Integer.getInteger("bench.seconds", 3));

    /** Part of a run. */
    enum Scenario {
        CALLS,
        OPEN_LOOP,
        CONNECT,
        /** Thousands of idle connections: heap, broadcast, heartbeat. */
        MANY,
        /** Calls and idle streams over Streamable HTTP. */
        HTTP,
        /** The same load over ever more connections. */
        SCALING,
        /** Calls of the tools of upstreams, beside other gateways. */
        RELAY,
        START
    }

    private final Set<Scenario> scenarios = chosen("bench.scenarios", Scenario.class);
    private final Set<Way> ways = chosen("bench.ways", Way.class);
    private final Set<RelayWay> relays = chosen("bench.relays", RelayWay.class);
    private final Map<Server, ServerProcess> servers = new EnumMap<>(Server.class);
    private final Results results = new Results();
    private final Report report = new Report(results);

    @Test
    void measure() throws Exception {
        Files.createDirectories(OUTPUT);
        try {
            if (scenarios.contains(Scenario.START)) {
                new StartBench(results).run(ROUNDS);
            }
            if (scenarios.contains(Scenario.RELAY)) {
                new RelayBench(results, relays).run(ROUNDS);
            }
            if (usesWebSocket() || scenarios.contains(Scenario.HTTP)) {
                startServers();
                run();
            }
        } finally {
            servers.values().forEach(ServerProcess::close);
            report.write(OUTPUT);
        }
    }

    private void startServers() {
        for (Server server : Server.values()) {
            if (isNeeded(server)) {
                try {
                    ServerProcess process = ServerProcess.start(server);
                    servers.put(server, process);
                    process.awaitReady(server.readiness);
                } catch (IOException e) {
                    ways.removeIf(way -> way.server == server);
                    results.note("skipped: %s: %s".formatted(server, e.getMessage()));
                }
            }
        }
    }

    private boolean isNeeded(Server server) {
        return usesWebSocket() && ways.stream().anyMatch(way -> way.server == server)
                || scenarios.contains(Scenario.HTTP)
                        && Arrays.stream(HttpWay.values()).anyMatch(way -> way.server == server);
    }

    private boolean usesWebSocket() {
        return !EnumSet.of(Scenario.HTTP, Scenario.RELAY, Scenario.START).containsAll(scenarios);
    }

    private void run() throws Exception {
        var calls = new CallBench(results, servers);
        var connections = new ConnectionBench(results, servers);
        var http = new HttpBench(results, servers);
        if (usesWebSocket()) {
            calls.warmUp(ways);
        }
        if (scenarios.contains(Scenario.HTTP)) {
            http.warmUp();
        }
        for (int round = 1; round <= ROUNDS; round++) {
            progress("round %d of %d".formatted(round, ROUNDS));
            for (Scenario scenario : scenarios) {
                switch (scenario) {
                    case CALLS -> calls.closedLoops(ways);
                    case OPEN_LOOP -> calls.openLoop(ways);
                    case CONNECT -> connections.connect(ways);
                    case HTTP -> http.calls();
                    case SCALING, MANY, RELAY, START -> {}
                }
            }
        }
        // Ten thousand connections are opened once, and measured in all rounds one after the other.
        if (scenarios.contains(Scenario.MANY)) {
            connections.many(ways);
        }
        if (scenarios.contains(Scenario.HTTP)) {
            http.idleStreams();
        }
        if (scenarios.contains(Scenario.SCALING)) {
            calls.scaling(ways);
        }
    }

    static void progress(String line) {
        System.out.printf("%tT %s%n", LocalTime.now(), line);
    }

    private static <E extends Enum<E>> Set<E> chosen(String property, Class<E> type) {
        Set<E> chosen = EnumSet.noneOf(type);
        Arrays.stream(System.getProperty(property, "").toUpperCase(Locale.ROOT).split(","))
                .filter(name -> !name.isBlank())
                .forEach(name -> chosen.add(Enum.valueOf(type, name.strip())));
        return chosen.isEmpty() ? EnumSet.allOf(type) : chosen;
    }
}
